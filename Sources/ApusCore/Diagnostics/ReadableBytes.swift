extension Int64 {
    /// `612 B`, `4.1 MB`: powers of 1,000.
    package var readableBytes: String {
        var value = Double(self)
        for unit in ["B", "KB", "MB", "GB", "TB"] {
            if value < 999.5 || unit == "TB" {
                if unit == "B" { return "\(self) B" }
                let tenths = Int64((value * 10).rounded())
                return "\(tenths / 10).\(tenths % 10) \(unit)"
            }
            value /= 1000
        }
        return "\(self) B"
    }

    /// `1,204,331`
    package var grouped: String {
        var digits = String(self)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
