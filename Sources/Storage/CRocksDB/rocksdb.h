// RocksDB's C API, 7.8 as Debian 12 ships it (librocksdb-dev).
#include <rocksdb/c.h>
