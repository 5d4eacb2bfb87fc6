import Hummingbird
import Mustache
import NIOCore

/// The pages' templates, which are part of the program.
enum Templates {
    /// Compiled once. A template that is wrong is a bug that every test would show.
    static let library: MustacheLibrary = {
        var library = MustacheLibrary()
        for (name, bytes) in sources {
            do {
                try library.register(String(decoding: bytes, as: UTF8.self), named: name)
            } catch {
                preconditionFailure("template \(name): \(error)")
            }
        }
        return library
    }()

    private static let sources: [(String, [UInt8])] = [
        ("layout", PackageResources.layout_mustache),
        ("overview", PackageResources.overview_mustache),
        ("problem", PackageResources.problem_mustache),
        ("signin", PackageResources.signin_mustache),
        ("plan", PackageResources.plan_mustache),
        ("data", PackageResources.data_mustache),
        ("analytics", PackageResources.analytics_mustache),
        ("checks", PackageResources.checks_mustache),
        ("finding", PackageResources.finding_mustache),
        ("rehearse", PackageResources.rehearse_mustache),
        ("rehearsal", PackageResources.rehearsal_mustache),
        ("changed", PackageResources.changed_mustache),
        ("run", PackageResources.run_mustache),
        ("live", PackageResources.live_mustache),
        ("cancel", PackageResources.cancel_mustache),
        ("runs", PackageResources.runs_mustache),
        ("schedule", PackageResources.schedule_mustache),
        ("scheduled", PackageResources.scheduled_mustache),
        ("schedulenew", PackageResources.schedulenew_mustache),
        ("migration", PackageResources.migration_mustache),
        ("backups", PackageResources.backups_mustache),
        ("newbackup", PackageResources.newbackup_mustache),
        ("release", PackageResources.release_mustache),
        ("versions", PackageResources.versions_mustache),
        ("graph", PackageResources.graph_mustache),
        ("health", PackageResources.health_mustache),
        ("audit", PackageResources.audit_mustache),
        ("sql", PackageResources.sql_mustache),
        ("notice", PackageResources.notice_mustache),
        ("diagnostics", PackageResources.diagnostics_mustache),
    ]
}

extension MustacheLibrary {
    /// A template's text. There is one for each name that the code has: another is a bug that every
    /// test would show.
    func text(_ values: some Sendable, of template: String) -> String {
        guard let text = render(TemplateValues.of(values), withTemplate: template) else {
            preconditionFailure("there is no template \(template)")
        }
        return text
    }
}

extension Exchange {
    /// A whole page: a template's text inside the layout.
    func page(
        _ template: String, _ values: some Sendable, title: String, current: String = "",
        status: HTTPResponse.Status = .ok, refresh: Int? = nil
    ) -> Response {
        let body = site.templates.text(values, of: template)
        let frame = Frame(self, title: title, current: current, refresh: refresh, body: body)
        let text = site.templates.text(frame, of: "layout")
        return Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
