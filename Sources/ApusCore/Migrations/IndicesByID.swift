extension Array {
    /// Where each element stands, by its identifier, which no two may share.
    ///
    /// The elements themselves are large: a dictionary of them would copy each one.
    package func indices(by id: (Element) -> MigrationID) -> [MigrationID: Int] {
        Dictionary(uniqueKeysWithValues: zip(map(id), indices))
    }
}
