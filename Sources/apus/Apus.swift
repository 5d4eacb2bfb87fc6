import ApusCLI

@main
enum Apus {
    static func main() async {
        await CommandLineTool.run()
    }
}
