import ArgumentParser

/// `apus schedule migrate | rollback | list | show | cancel`
struct ScheduleGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Have a plan run at its time, exactly the one that is agreed to now.",
        discussion: "apus serve runs what is due, and apus run-due from cron or Kubernetes.",
        subcommands: [
            ScheduleMigrate.self, ScheduleRollback.self, ScheduleList.self, ScheduleShow.self,
            ScheduleCancel.self,
        ], defaultSubcommand: ScheduleList.self)
}
