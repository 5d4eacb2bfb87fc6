// libpq, loaded when its first function is called: a command that asks no PostgreSQL does not pay for
// libpq and the two dozen libraries that it needs.

#ifndef APUS_CLIBPQ_H
#define APUS_CLIBPQ_H

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif

/// Loads libpq, once. Returns what the dynamic loader says is wrong, and NULL where nothing is. The
/// functions of libpq may be called only after it has returned NULL.
const char *apus_libpq_problem(void);

#endif
