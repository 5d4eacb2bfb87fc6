import ApusCore
import ApusEngine
import ArgumentParser

/// `apus schema show`
struct SchemaShow: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show everything that the live schema is made of.",
        discussion: "With --json, a document that schema diff can compare with later.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        project.announce(migrator)
        let schema = try await migrator.schema()
        let console = project.console
        if console.isJSON {
            console.document(SchemaBody.text(schema, migrator.driver.target))
            return .success
        }
        for object in schema.objects { console.answer(object.line) }
        console.print(
            "\(Wording.count(schema.objects.count, "object")) · \(schema.server) · digest \(schema.digest.short)…"
        )
        return .success
    }
}

extension SchemaObject {
    /// `column public.guests.locale: nullable yes, position 3, type text`
    fileprivate var line: String {
        let told = attributes.map { "\($0.name) \($0.shortText)" }
        return "\(kind.words) \(name)\(told.isEmpty ? "" : ": \(told.joined(separator: ", "))")"
    }
}
