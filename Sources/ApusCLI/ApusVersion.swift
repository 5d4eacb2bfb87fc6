/// The version of this tool.
enum ApusVersion {
    static let current = "0.1.0"
}
