extension Array {
    /// Where each element stands, by its identifier, which no two may share.
    ///
    /// The elements themselves are large: a dictionary of them would copy each one.
    package func indices(by id: (Element) -> MigrationID) -> [MigrationID: Int] {
        var found = [MigrationID: Int](minimumCapacity: count)
        for index in indices { found[id(self[index])] = index }
        return found
    }
}
