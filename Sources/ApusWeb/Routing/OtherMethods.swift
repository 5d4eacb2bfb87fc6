import HTTPTypes

/// What a path does not do is answered 405, with what it does.
enum OtherMethods {
    private static let all: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, .query,
    ]

    static func routes(besides routes: [Route]) -> [Route] {
        let paths = Dictionary(grouping: routes) { [$0.place.rawValue, $0.path] }
        return paths.values.flatMap { known in
            let there = Set(known.map(\.method))
            let allowed = there.map(\.rawValue).sorted().joined(separator: ", ")
            return all.filter { !there.contains($0) }.map { method in
                Route(
                    known[0].place, method, known[0].path,
                    known[0].place == .pages ? .look : known[0].need, isHarmless: true,
                    isShared: known[0].isShared
                ) { _ in
                    if known[0].path == Route.anythingElse { throw Problem.notFound }
                    throw Problem(
                        .methodNotAllowed, "\(method.rawValue) is not done here",
                        detail: "Allowed: \(allowed).", headers: [.allow: allowed])
                }
            }
        }
    }
}
