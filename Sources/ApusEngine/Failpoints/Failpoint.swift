#if APUS_FAILPOINTS
    /// A place at which a test may end or hold the process, to see what the next run makes of it.
    ///
    /// It stands before and after each effect that outlives the process. Passing it does nothing
    /// unless the command line armed ``Failpoints``. Where APUS_FAILPOINTS is not defined, as in every
    /// release build, the function is empty and inlined, and neither call nor name is left of it.
    ///
    /// - Parameter name: `AREA.PLACE`, such as `run.begun`; one name may be passed many times.
    package func failpoint(_ name: StaticString) {
        Failpoints.pass(name)
    }
#else
    @inlinable @inline(__always)
    package func failpoint(_ name: StaticString) {}
#endif
