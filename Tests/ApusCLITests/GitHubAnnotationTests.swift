import ApusCore
import Testing

@testable import ApusCLI

@Suite struct GitHubAnnotationTests {
    @Test func `a diagnostic becomes an annotation at its place`() {
        let diagnostic = Diagnostic(
            .sectionEmpty, "the up section holds no statement",
            at: SourceLocation(file: "migrations/a.sql", line: 3, column: 2))
        #expect(
            GitHubAnnotation(diagnostic).text
                == "::error file=migrations/a.sql,line=3,col=2,title=section-empty::the up section holds no statement"
        )
    }

    @Test func `what would end the message or a property is escaped`() {
        let diagnostic = Diagnostic(
            .commentsChanged, "100% new\r\nlines: a, b", severity: .notice,
            at: SourceLocation(file: "a,b:c%.sql", line: 1), details: ["one"], help: ["apus status"]
        )
        #expect(
            GitHubAnnotation(diagnostic).text
                == "::notice file=a%2Cb%3Ac%25.sql,line=1,col=1,title=comments-changed::100%25 new%0D%0Alines: a, b%0Aone%0Anext: apus status"
        )
    }

    @Test func `without a place there is no file`() {
        #expect(
            GitHubAnnotation(Diagnostic(.appliedMissing, "gone", severity: .warning)).text
                == "::warning title=applied-missing::gone")
    }
}
