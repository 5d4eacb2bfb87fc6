/// What the holder of the migration lock does right now, as the database tells it: also of a run of
/// another process, or of another machine.
public struct RunActivity: Hashable, Sendable {
    /// The server's process that works for the run; SQLite: the process that runs.
    public var processID: Int64?
    public var user: String?
    /// PostgreSQL's `application_name`: `apus run 7` during a run.
    public var application: String?
    /// The statement that is going on, or was last; `nil` where the database does not tell.
    public var statement: String?
    /// `active`, `idle in transaction` …
    public var state: String?
    /// How long the statement has been going on, or the state has lasted.
    public var since: Duration?
    /// What the process waits for, in the server's words: `Lock: relation`.
    public var waitsFor: String?
    /// Who holds what it waits for.
    public var blockers: [LockHolder]
    /// What the server tells of an index that is being built.
    public var progress: Progress?

    public struct Progress: Hashable, Sendable {
        public var phase: String
        /// 0 to 1, where it is known.
        public var fraction: Double?

        public init(phase: String, fraction: Double?) {
            self.phase = phase
            self.fraction = fraction
        }
    }

    public init(
        processID: Int64? = nil, user: String? = nil, application: String? = nil,
        statement: String? = nil, state: String? = nil, since: Duration? = nil,
        waitsFor: String? = nil, blockers: [LockHolder] = [], progress: Progress? = nil
    ) {
        self.processID = processID
        self.user = user
        self.application = application
        self.statement = statement
        self.state = state
        self.since = since
        self.waitsFor = waitsFor
        self.blockers = blockers
        self.progress = progress
    }
}
