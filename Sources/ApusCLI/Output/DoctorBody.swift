import ApusCore
import ApusEngine

/// `apus.doctor/1`
struct DoctorBody: Encodable {
    var target: TargetBody
    var server: String?
    var findings: [FindingBody]
    var settings: [SettingBody]
    var exit: Int32

    init(_ diagnosis: Diagnosis, _ target: DatabaseTarget, _ status: ExitStatus) {
        self.target = TargetBody(target)
        server = diagnosis.facts?.product
        findings = diagnosis.findings.map(FindingBody.init)
        settings = diagnosis.settings.map(SettingBody.init)
        exit = status.rawValue
    }

    struct FindingBody: Encodable {
        var area: String
        var level: String
        var message: String
        var details: [String]
        var help: [String]
        var code: String?

        init(_ finding: Diagnosis.Finding) {
            area = finding.area.rawValue
            level = finding.level.rawValue
            message = finding.message
            details = finding.details
            help = finding.help
            code = finding.code?.rawValue
        }
    }

    struct SettingBody: Encodable {
        var name: String
        var value: String?
        var source: String

        init(_ setting: Diagnosis.Setting) {
            name = setting.name
            value = setting.value
            source = setting.source
        }
    }
}
