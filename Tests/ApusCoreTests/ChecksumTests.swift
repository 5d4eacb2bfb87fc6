import ApusCore
import Testing

@Suite struct ChecksumTests {
    /// SHA-256 of the empty text, as FIPS 180-4's examples have it.
    static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test func `a checksum is written as 64 lower-case digits`() {
        #expect(Checksum(of: "").hex == Self.empty)
        #expect(Checksum(of: "").short == "e3b0c44298fc")
    }

    @Test func `a checksum is read from what was written, and from capital digits`() {
        #expect(Checksum(hex: Self.empty) == Checksum(of: ""))
        #expect(Checksum(hex: Self.empty.uppercased())?.hex == Self.empty)
        #expect(Checksum(hex: Self.empty) != Checksum(of: "apus"))
    }

    @Test(arguments: [
        "", String(empty.dropLast()), empty + "0", empty.dropLast() + "g", empty.dropLast() + "é",
    ])
    func `a checksum is not read from anything else`(text: String) {
        #expect(Checksum(hex: text) == nil)
    }
}
