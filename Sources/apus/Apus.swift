import ArgumentParser
@main struct Apus: AsyncParsableCommand {}
