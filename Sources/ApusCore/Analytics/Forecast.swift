/// How long the next plan will take, by what the same migrations took elsewhere.
public struct Forecast: Hashable, Sendable {
    public struct Item: Hashable, Sendable {
        public var migration: MigrationID
        /// `nil` where nobody has run it.
        public var estimate: Duration?
        /// The environment that the estimate comes from.
        public var environment: String?
    }

    /// In the order of the plan.
    public var items: [Item]

    /// The sum of what is known.
    public var total: Duration { items.compactMap(\.estimate).reduce(.zero, +) }
    public var unknownCount: Int { items.count { $0.estimate == nil } }

    /// For each migration the median of its up section: this database's own, where it ran here before;
    /// else the longest among the other environments of the same engine; else among all.
    ///
    /// - Parameter environments: This database's own first.
    public init(_ migrations: [MigrationID], from environments: [EnvironmentFigures]) {
        let known = environments.map { figures in
            Dictionary(
                figures.work.lazy.filter { $0.direction == .up }.map { ($0.migration, $0.median) }
            ) { first, _ in first }
        }
        items = migrations.map { migration in
            let found = zip(environments, known).enumerated().compactMap { index, pair in
                pair.1[migration].map { (index: index, figures: pair.0, median: $0) }
            }
            let own = found.filter { $0.index == 0 }
            let alike = found.filter { $0.figures.engine == environments.first?.engine }
            let choice = !own.isEmpty ? own : !alike.isEmpty ? alike : found
            let longest = choice.max { $0.median < $1.median }
            return Item(
                migration: migration, estimate: longest?.median,
                environment: longest?.figures.environment)
        }
    }
}

/// What the journals of this database and of others say together.
public struct Analytics: Hashable, Sendable {
    /// This database's own first.
    public var environments: [EnvironmentFigures]
    public var forecast: Forecast

    public init(
        own: EnvironmentFigures, others: [EnvironmentFigures] = [], pending: [MigrationID]
    ) {
        environments = [own] + others
        forecast = Forecast(pending, from: environments)
    }

    public var own: EnvironmentFigures { environments[0] }

    /// What takes longest, of all environments, each with the number of its environment: at most `count`,
    /// the longest median first.
    public func slowest(_ count: Int) -> [(environment: Int, work: EnvironmentFigures.Work)] {
        environments.enumerated().flatMap { index, figures in
            figures.work.prefix(count).map { (environment: index, work: $0) }
        }.sorted { $0.work.median > $1.work.median }.prefix(count).map(\.self)
    }
}
