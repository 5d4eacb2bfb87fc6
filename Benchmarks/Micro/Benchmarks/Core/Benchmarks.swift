// The pure parts of Apus alone: nanoseconds and instructions for eight megabytes of each kind of script, and for a
// thousand migrations. Throughput is in megabytes a second.

import ApusCore
import Benchmark

let kinds = [
    ("definitions", Scripts.definitions), ("copy data", Scripts.copyData),
    ("inserts", Scripts.inserts),
]

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .instructions, .peakMemoryResident], warmupIterations: 2,
        maxDuration: .seconds(3),
        maxIterations: 50)

    for (name, bytes) in kinds {
        Benchmark("splitter, \(name)") { benchmark in
            for _ in benchmark.scaledIterations {
                var splitter = StatementSplitter(dialect: .postgres)
                var statements = 0
                while let item = try splitter.next(in: bytes.span) {
                    if case .statement = item { statements += 1 }
                }
                blackHole(statements)
            }
        }
        Benchmark("checksum, \(name)") { benchmark in
            for _ in benchmark.scaledIterations {
                bytes.withUnsafeBytes { blackHole(Checksum(normalising: $0)) }
            }
        }
        let file =
            Array("-- Up Migration\n".utf8) + bytes
            + Array("-- Down Migration (Rollback)\nSELECT 1;\n".utf8)
        Benchmark("parser, \(name)") { benchmark in
            for _ in benchmark.scaledIterations {
                let source = MigrationSource(path: "20250101_000000_1.0.0_m.sql", bytes: file)
                blackHole(
                    try MigrationParser(dialect: .postgres).parse(
                        source: source, fileName: "20250101_000000_1.0.0_m.sql"))
            }
        }
    }

    Benchmark("planner, 1,000 migrations of which none is applied") { benchmark in
        let input = PlanInput(
            migrations: try Scripts.migrations(1000),
            history: History(registry: .present(version: 1)),
            dialect: .postgres)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            blackHole(try Planner.plan(.latest, for: input))
        }
    }
}
