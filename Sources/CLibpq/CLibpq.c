// On Linux every function of libpq that Apus uses is defined here and passes on to the library's own. On
// other systems libpq is linked, and this file has next to nothing.

#include <stdio.h>

#include "CLibpq.h"

#ifdef __linux__

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void *library;
static const char *problem;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    // Not RTLD_GLOBAL: what libpq needs is nobody else's.
    library = dlopen("libpq.so.5", RTLD_LAZY | RTLD_LOCAL);
    if (!library) problem = strdup(dlerror());
}

const char *apus_libpq_problem(void) {
    pthread_once(&once, load);
    return library ? NULL : problem ? problem : "libpq.so.5 cannot be loaded";
}

static void *function(const char *name) {
    const char *problem = apus_libpq_problem();
    void *found = problem ? NULL : dlsym(library, name);
    if (!found) {
        fprintf(stderr, "apus: libpq has no %s: %s\n", name, problem ? problem : dlerror());
        abort();
    }
    return found;
}

// Two threads that come first at once write the same address.
#define PASS_ON(result, name, parameters, arguments)                                             \
    __attribute__((visibility("hidden"))) result name parameters {                               \
        static __typeof__(&name) own;                                                            \
        __typeof__(&name) known = __atomic_load_n(&own, __ATOMIC_ACQUIRE);                       \
        if (!known) {                                                                            \
            known = (__typeof__(&name))function(#name);                                          \
            __atomic_store_n(&own, known, __ATOMIC_RELEASE);                                     \
        }                                                                                        \
        return known arguments;                                                                  \
    }

PASS_ON(int, PQbackendPID, (const PGconn *conn), (conn))
PASS_ON(int, PQcancel, (PGcancel *cancel, char *errbuf, int errbufsize), (cancel, errbuf, errbufsize))
PASS_ON(void, PQclear, (PGresult *res), (res))
PASS_ON(char *, PQcmdStatus, (PGresult *res), (res))
PASS_ON(char *, PQcmdTuples, (PGresult *res), (res))
PASS_ON(PQconninfoOption *, PQconndefaults, (void), ())
PASS_ON(PGconn *, PQconnectdb, (const char *conninfo), (conninfo))
PASS_ON(PGconn *, PQconnectdbParams, (const char *const *keywords, const char *const *values, int expand_dbname), (keywords, values, expand_dbname))
PASS_ON(int, PQconnectionNeedsPassword, (const PGconn *conn), (conn))
PASS_ON(void, PQconninfoFree, (PQconninfoOption *connOptions), (connOptions))
PASS_ON(PQconninfoOption *, PQconninfoParse, (const char *conninfo, char **errmsg), (conninfo, errmsg))
PASS_ON(int, PQconsumeInput, (PGconn *conn), (conn))
PASS_ON(char *, PQdb, (const PGconn *conn), (conn))
PASS_ON(int, PQenterPipelineMode, (PGconn *conn), (conn))
PASS_ON(char *, PQerrorMessage, (const PGconn *conn), (conn))
PASS_ON(PGresult *, PQexec, (PGconn *conn, const char *query), (conn, query))
PASS_ON(PGresult *, PQexecParams, (PGconn *conn, const char *command, int nParams, const Oid *paramTypes, const char *const *paramValues, const int *paramLengths, const int *paramFormats, int resultFormat), (conn, command, nParams, paramTypes, paramValues, paramLengths, paramFormats, resultFormat))
PASS_ON(int, PQexitPipelineMode, (PGconn *conn), (conn))
PASS_ON(void, PQfinish, (PGconn *conn), (conn))
PASS_ON(int, PQflush, (PGconn *conn), (conn))
PASS_ON(char *, PQfname, (const PGresult *res, int field_num), (res, field_num))
PASS_ON(void, PQfreeCancel, (PGcancel *cancel), (cancel))
PASS_ON(void, PQfreemem, (void *ptr), (ptr))
PASS_ON(PGcancel *, PQgetCancel, (PGconn *conn), (conn))
PASS_ON(int, PQgetCopyData, (PGconn *conn, char **buffer, int async), (conn, buffer, async))
PASS_ON(PGresult *, PQgetResult, (PGconn *conn), (conn))
PASS_ON(int, PQgetisnull, (const PGresult *res, int tup_num, int field_num), (res, tup_num, field_num))
PASS_ON(int, PQgetlength, (const PGresult *res, int tup_num, int field_num), (res, tup_num, field_num))
PASS_ON(char *, PQgetvalue, (const PGresult *res, int tup_num, int field_num), (res, tup_num, field_num))
PASS_ON(char *, PQhost, (const PGconn *conn), (conn))
PASS_ON(char *, PQhostaddr, (const PGconn *conn), (conn))
PASS_ON(int, PQisBusy, (PGconn *conn), (conn))
PASS_ON(int, PQnfields, (const PGresult *res), (res))
PASS_ON(int, PQntuples, (const PGresult *res), (res))
PASS_ON(const char *, PQparameterStatus, (const PGconn *conn, const char *paramName), (conn, paramName))
PASS_ON(char *, PQpass, (const PGconn *conn), (conn))
PASS_ON(int, PQpipelineSync, (PGconn *conn), (conn))
PASS_ON(char *, PQport, (const PGconn *conn), (conn))
PASS_ON(int, PQputCopyData, (PGconn *conn, const char *buffer, int nbytes), (conn, buffer, nbytes))
PASS_ON(int, PQputCopyEnd, (PGconn *conn, const char *errormsg), (conn, errormsg))
PASS_ON(char *, PQresultErrorField, (const PGresult *res, int fieldcode), (res, fieldcode))
PASS_ON(ExecStatusType, PQresultStatus, (const PGresult *res), (res))
PASS_ON(int, PQsendFlushRequest, (PGconn *conn), (conn))
PASS_ON(int, PQsendQuery, (PGconn *conn, const char *query), (conn, query))
PASS_ON(int, PQsendQueryParams, (PGconn *conn, const char *command, int nParams, const Oid *paramTypes, const char *const *paramValues, const int *paramLengths, const int *paramFormats, int resultFormat), (conn, command, nParams, paramTypes, paramValues, paramLengths, paramFormats, resultFormat))
PASS_ON(int, PQserverVersion, (const PGconn *conn), (conn))
PASS_ON(PQnoticeReceiver, PQsetNoticeReceiver, (PGconn *conn, PQnoticeReceiver proc, void *arg), (conn, proc, arg))
PASS_ON(int, PQsetSingleRowMode, (PGconn *conn), (conn))
PASS_ON(int, PQsetnonblocking, (PGconn *conn, int arg), (conn, arg))
PASS_ON(int, PQsocket, (const PGconn *conn), (conn))
PASS_ON(ConnStatusType, PQstatus, (const PGconn *conn), (conn))
PASS_ON(PGTransactionStatusType, PQtransactionStatus, (const PGconn *conn), (conn))
PASS_ON(char *, PQuser, (const PGconn *conn), (conn))

#else

const char *apus_libpq_problem(void) { return NULL; }

#endif
