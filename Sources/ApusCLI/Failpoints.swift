#if APUS_FAILPOINTS
    import ApusEngine

    extension Failpoints {
        /// Arms the points as the environment says: only in a build that has any.
        ///
        /// - `APUS_FAILPOINTS_LOG=FILE` lists the points passed.
        /// - `APUS_FAILPOINTS_KILL=NUMBER` ends the process at one of them.
        /// - `APUS_FAILPOINTS_PAUSE=NAME:FILE` waits at the first of that name until FILE is there.
        static func arm(from environment: [String: String]) {
            var orders = Orders(
                log: environment["APUS_FAILPOINTS_LOG"],
                kill: environment["APUS_FAILPOINTS_KILL"].flatMap { Int($0) })
            if let parts = environment["APUS_FAILPOINTS_PAUSE"]?.split(
                separator: ":", maxSplits: 1), parts.count == 2
            {
                orders.pause = (String(parts[0]), String(parts[1]))
            }
            guard orders.log != nil || orders.kill != nil || orders.pause != nil else { return }
            arm(orders)
        }
    }
#endif
