/// What happens while several steps are taken together; each step is told of by its place among them,
/// from 0, and one is over before the next begins.
public enum StretchEvent: Sendable {
    case started(Int)
    case step(Int, StepEvent)
    case finished(Int, StepOutcome)
}
