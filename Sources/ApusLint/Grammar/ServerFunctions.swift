/// Functions of the server's own, by what is known of their results.
enum ServerFunctions {
    /// Functions whose result differs within one statement (`provolatile = 'v'`).
    static let volatile: Set = [
        "random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "uuid_generate_v1",
        "uuid_generate_v1mc", "uuid_generate_v4", "clock_timestamp", "timeofday", "nextval",
        "currval", "lastval", "setval", "gen_random_bytes", "gen_salt",
    ]

    /// Functions that people write into defaults and that give one value for the statement.
    static let steady: Set = [
        "now", "transaction_timestamp", "statement_timestamp", "timezone", "date_trunc",
        "date_part",
        "make_date", "make_interval", "make_time", "make_timestamp", "make_timestamptz",
        "to_timestamp",
        "to_date", "to_char", "to_number", "age", "extract", "current_setting", "current_database",
        "current_schema", "pg_current_xact_id", "txid_current", "lower", "upper", "md5", "sha256",
        "concat", "concat_ws", "format", "btrim", "ltrim", "rtrim", "left", "right", "repeat",
        "replace", "substring", "length", "char_length", "abs", "round", "floor", "ceil", "power",
        "array_fill", "json_build_object", "json_build_array", "jsonb_build_object",
        "jsonb_build_array", "to_json", "to_jsonb", "int4range", "int8range", "numrange",
        "daterange",
        "tsrange", "tstzrange", "to_tsvector", "decode", "encode", "inet_client_addr", "point",
        "box",
    ]

    /// More that look at nothing but what they are given.
    private static let innocent: Set = [
        "count", "sum", "min", "max", "avg", "bool_and", "bool_or", "every", "array_agg",
        "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg",
        "row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value", "ntile",
        "generate_series", "unnest", "array_length", "cardinality", "array_append",
        "array_remove", "array_position", "trim", "split_part", "strpos", "position",
        "starts_with", "regexp_replace", "regexp_match", "regexp_matches", "regexp_split_to_array",
        "string_to_array", "array_to_string", "initcap", "lpad", "rpad", "reverse", "translate",
        "overlay", "ascii", "chr", "octet_length", "character_length", "quote_ident",
        "quote_literal", "ceiling", "mod", "sqrt", "sign", "trunc", "greatest", "least", "nullif",
        "coalesce", "jsonb_set", "jsonb_typeof", "jsonb_array_elements", "jsonb_each",
        "json_array_elements", "upper_inf", "lower_inf", "isempty", "range_merge",
        "set_config", "pg_sleep", "pg_advisory_xact_lock", "hashtext", "justify_interval",
        "isfinite", "date_bin", "xpath", "like_escape", "overlaps", "is_normalized", "normalize",
        "to_tsquery", "plainto_tsquery", "setweight", "ts_rank", "digest", "crypt",
    ]

    /// Whether a function of that name is one of the server's that locks no table.
    static func lockNothing(_ name: String) -> Bool {
        volatile.contains(name) || steady.contains(name) || innocent.contains(name)
    }
}

extension SyntaxNode {
    /// Whether something below calls a function that may be a user's own, and do anything.
    var callsUnknownFunction: Bool {
        all("FuncCall").contains { call in
            let parts = call.names("funcname")
            guard let name = parts.last else { return true }
            let schema = parts.dropLast().last
            return schema != nil && schema != "pg_catalog" || !ServerFunctions.lockNothing(name)
        }
    }
}
