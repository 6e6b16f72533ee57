#!/usr/bin/env bash
# Install the libraries that Qt, OpenGL and a virtual screen need on Debian and Ubuntu: only the missing ones.
# Where this user may not install, one line says what to ask for, and the set-up goes on.
set -euo pipefail

packages=(
    xvfb xauth libegl1 libgl1 libgl1-mesa-dri libopengl0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4
    libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libdbus-1-3
    libfontconfig1 libglib2.0-0
)
# Debian's own Python leaves out what makes a virtual environment.
"${PYTHON:-python3}" -c "import ensurepip, venv" 2>/dev/null || packages+=(python3 python3-venv)

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    [ "$(uname)" != Linux ] || command -v xvfb-run >/dev/null \
        || echo "No apt here: install Xvfb and Qt's xcb libraries with your own package manager." >&2
    exit 0
fi

# A name counts as present where a package provides it too (libglib2.0-0 is libglib2.0-0t64 on newer systems).
present=" $(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' 2>/dev/null \
    | sed -n 's/^installed //p' | sed 's/([^)]*)//g' | tr -s ', \n' ' ') "
missing=()
for package in "${packages[@]}"; do
    [[ "$present" == *" $package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    echo "Install these first, or have them installed: sudo apt-get install ${missing[*]}" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
