#!/bin/sh
# Builds .bin/ollama, the real server that tests/contract/test_ollama.py is held against.
#
# Not part of `make test`: a C++ compiler is needed and it takes many minutes. Ollama's module leaves
# out its folder `vendor` (Go never ships one), so three headers come from modules that hold them:
# json.hpp and stb_image.h from an older Ollama, miniaudio.h from malgo.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
binary="$root/.bin/ollama"
version=v0.17.4

if [ -x "$binary" ]; then
    echo "ollama: $binary is there"
    exit 0
fi
if ! command -v go >/dev/null 2>&1 || ! command -v g++ >/dev/null 2>&1; then
    echo "ollama: Go or a C++ compiler is missing; the test against the real server will be skipped."
    exit 0
fi

include="$root/.bin/ollama-include"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOTOOLCHAIN=local GOFLAGS=-buildvcs=false
folder() { # of a module, downloaded
    (cd "$work" && go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
}

echo "ollama: building $binary, $version (about four minutes on two free cores)"
older=$(folder github.com/ollama/ollama@v0.6.5)
audio=$(folder github.com/gen2brain/malgo@v0.11.24)
mkdir -p "$include/nlohmann" "$include/stb" "$include/miniaudio" "$root/.bin"
cp -f "$older/llama/llama.cpp/common/json.hpp" "$include/nlohmann/json.hpp"
cp -f "$older/llama/llama.cpp/common/stb_image.h" "$include/stb/stb_image.h"
cp -f "$audio/miniaudio.h" "$include/miniaudio/miniaudio.h"
echo '#include <nlohmann/json.hpp>' >"$include/nlohmann/json_fwd.hpp"

# Built aside and moved into place, so that a test never starts half a program.
CGO_ENABLED=1 CGO_CPPFLAGS="-I$include" GOBIN="$work" go install "github.com/ollama/ollama@$version"
mv "$work/ollama" "$binary"
echo "ollama: done"
