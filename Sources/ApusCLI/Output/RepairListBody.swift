import ApusCore
import ApusEngine

/// `apus.repairs/1`
struct RepairListBody: Encodable {
    var target: TargetBody
    var repairs: [Entry]

    init(_ ailments: [Ailment], _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        repairs = ailments.map(Entry.init)
    }

    struct Entry: Encodable {
        var kind: String
        var id: String?
        var subject: String
        var text: String
        var help: [String]

        init(_ ailment: Ailment) {
            kind = ailment.kind.rawValue
            id = ailment.migration?.description
            subject = ailment.subject
            text = ailment.text
            help = ailment.remedies
        }
    }
}
