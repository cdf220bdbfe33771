#!/bin/sh
# Builds .bin/ferretdb, a MongoDB-protocol server that the tests start (see servers/mongodb.py).
# Nothing but the tests needs it; without Go the GridFS tests are skipped, and this is no error.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
source="$root/tests/servers/ferretdb"
binary="$root/.bin/ferretdb"

if [ -x "$binary" ] && [ ! "$source/main.go" -nt "$binary" ] && [ ! "$source/go.mod" -nt "$binary" ]; then
    echo "ferretdb: $binary is there"
    exit 0
fi
if ! command -v go >/dev/null 2>&1; then
    echo "ferretdb: there is no Go compiler; the GridFS tests will be skipped." \
        "Install Go 1.24 or newer, or set AEI_TEST_MONGODB_URL to a MongoDB for tests."
    exit 0
fi

echo "ferretdb: building $binary from $source (the first time takes one to two minutes)"
mkdir -p "$root/.bin"
cd "$source"
# Built aside and moved into place, so that a test never starts half a program.
CGO_ENABLED=0 GOTOOLCHAIN=local go build -mod=readonly -trimpath -o "$binary.$$" .
mv "$binary.$$" "$binary"
echo "ferretdb: done"
