/// What the server, or the way to it, does not allow.
extension Explanation {
    static let insufficientPrivilege = Explanation(
        "The database user lacks a right",
        meaning: "The server refused something for want of rights.",
        reason: "The server decides that, not Apus.",
        steps: [
            "connect as the owner of the schema, or grant the right that the message names",
            "PostgreSQL: creating the history needs GRANT CREATE ON DATABASE … TO …, once",
        ])

    static let readOnlyServer = Explanation(
        "The database cannot be written to",
        meaning:
            "It is a standby, a server in recovery, a session that is read-only by default, or a file without write permission.",
        reason: "Nothing can be migrated there. Reading commands work: status, plan, verify.",
        steps: [
            "connect to the primary server",
            "SQLite: see the permissions of the file and its folder",
        ])

    static let transactionPooler = Explanation(
        "A connection pooler in transaction mode is in between",
        meaning:
            "Between Apus and PostgreSQL a pooler (such as PgBouncer with pool_mode = transaction) hands every transaction to another server connection.",
        reason:
            "The lock that keeps two runs apart belongs to one server connection, and would be lost on the way.",
        steps: [
            "connect to the server itself, or to a pool in session mode, by another host or port"
        ])

    static let registryForeign = Explanation(
        "Something else stands where the history belongs",
        meaning:
            "Tables of the history's names exist and are not Apus's, or they are Apus's and something of them is missing or cannot be read: the message says which.",
        reason:
            "What is somebody else's is not touched, and a history that is not whole says nothing.",
        steps: [
            "where they are somebody else's, give the history another name: `registry: NAME` in apus.yaml, or APUS_REGISTRY",
            "where they are damaged, keep a copy of the database as it is, then bring the history back from a backup: apus backup list, apus restore BACKUP --into NAME",
            "never give a damaged history another name: Apus would begin an empty one, and apply everything again",
        ])

    static let registryNewer = Explanation(
        "A later Apus has written this history",
        meaning: "The history's tables have a version that this Apus does not know.",
        reason: "It would misread them.",
        steps: ["use the newer Apus: apus --version shows this one's"])

    static let lockBusy = Explanation(
        "Another run is going on",
        meaning:
            "Only one run at a time works on a database, and another one did not end while Apus waited.",
        reason: "Two runs at once would apply a migration twice.",
        steps: [
            "see what it does: apus runs list",
            "wait longer: --lock-wait 10min",
            "the lock ends with its holder: where that is stuck, end the process that the message names",
        ])

    static let lockTimeout = Explanation(
        "A statement did not get its lock in time",
        meaning:
            "Somebody else holds a lock on a table that the migration changes. It was tried several times and rolled back each time.",
        reason:
            "While a migration waits for a lock, all later queries on that table wait behind it: better to fail than to stop the application.",
        steps: [
            "try again when the holder that the message names is gone: apus migrate",
            "wait longer: --lock-timeout 30s, or in the file: -- apus: lock-timeout 30s",
        ])

    static let lockLost = Explanation(
        "The run's own lock was lost",
        meaning:
            "The lock that keeps two runs apart was no longer held in the middle of the run, for instance because a migration released all advisory locks.",
        reason: "Another run may have begun meanwhile.",
        steps: [
            "take pg_advisory_unlock_all() or DISCARD ALL out of the migration",
            "see where the database stands: apus status",
        ])

    static let cannotConnect = Explanation(
        "The database cannot be reached",
        meaning:
            "No connection came about: wrong host, port or file, a server that is down or still starting, or a network in between.",
        reason: "Nothing was done. It may be tried again.",
        steps: [
            "look at the first line of the message: host, database, and where that setting came from",
            "PostgreSQL: pg_isready -h HOST -p PORT", "SQLite: the folder of the file must exist",
        ])

    static let authenticationFailed = Explanation(
        "The database did not accept user or password",
        meaning: "The server was reached and refused the login.",
        reason: "Trying again would not help, and may lock the account.",
        steps: [
            "correct DATABASE_URL; letters such as @ : / in a password are written %40 %3A %2F",
            "or keep the password out of it: ~/.pgpass, PGPASSWORD",
        ])

    static let connectionLost = Explanation(
        "The connection broke",
        meaning: "The server ended, restarted, or the network failed in the middle.",
        reason: "A transaction that was open is rolled back by the server itself.",
        steps: ["see where the database stands: apus status", "go on: apus migrate"])
}
