import HTTPTypes

/// What a path of the API does not do is answered 405, with what it does.
enum OtherMethods {
    private static let all: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, .query,
    ]

    static func routes(besides routes: [Route]) -> [Route] {
        let paths = Dictionary(grouping: routes.filter { $0.place != .pages }) { $0.path }
        return paths.flatMap { path, known in
            let there = Set(known.map(\.method))
            let allowed = there.map(\.rawValue).sorted().joined(separator: ", ")
            return all.filter { !there.contains($0) }.map { method in
                Route(
                    known[0].place, method, path, known[0].need, isHarmless: true,
                    isShared: known[0].isShared
                ) { _ in
                    throw Problem(
                        .methodNotAllowed, "\(method.rawValue) is not done here",
                        detail: "Allowed: \(allowed).", headers: [.allow: allowed])
                }
            }
        }
    }
}
