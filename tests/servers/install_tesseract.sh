#!/bin/sh
# Install tesseract for the tests of text recognition: by apt-get, as root, when it is missing.
set -eu
if command -v tesseract >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "==> Installing tesseract for the tests of text recognition (apt-get)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null && apt-get install -y -qq tesseract-ocr >/dev/null && exit 0
fi
echo "==> tesseract is not here and cannot be installed by this user: its tests will skip."
