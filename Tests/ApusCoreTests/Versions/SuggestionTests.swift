import ApusCore
import Testing

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("langauge", ["locale", "language"], "language"),
        ("relases", ["releases", "roadmap"], "releases"),
        ("1.1.1", ["1.1.0", "2.0.0"], "1.1.0"),
        ("1.11.0", ["1.0.0", "1.1.0"], "1.1.0"),
        ("ROADMAP", ["releases", "roadmap"], "roadmap"),
        ("same", ["sane", "same"], "same"),
        ("tie", ["tia", "tin"], "tia"),
        ("é", ["é"], "é"),
    ])
    func `the nearest candidate is offered`(word: String, candidates: [String], nearest: String) {
        #expect(Suggestion.nearest(to: word, in: candidates) == nearest)
    }

    @Test(arguments: [
        ("frobnicate", ["language", "locale"]),
        ("a", ["b", "c"]),
        ("", ["a", "ab"]),
        ("word", []),
        ("ab", ["cd"]),
    ])
    func `nothing is offered when nothing is near`(word: String, candidates: [String]) {
        #expect(Suggestion.nearest(to: word, in: candidates) == nil)
    }
}
