import ArgumentParser

/// `apus repair list | accept | mark-applied | mark-reverted | resume`
struct RepairGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract:
            "Mend what is not as it should be; each repair is shown, asked for, and journaled.",
        subcommands: [
            RepairList.self, RepairAccept.self, RepairMarkApplied.self, RepairMarkReverted.self,
            RepairResume.self,
        ], defaultSubcommand: RepairList.self)
}
