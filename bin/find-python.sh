# Sourced by bin/run and bin/test: sets PYTHON to an interpreter that the project runs on, or stops with what to type.
# KAIGO_PYTHON names one explicitly.

suits() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

PYTHON=
for candidate in ${KAIGO_PYTHON:+"$KAIGO_PYTHON"} python3.11 python3.12 python3.13 python3 /usr/bin/python3; do
  if suits "$candidate"; then
    PYTHON=$candidate
    break
  fi
done
if [ -z "$PYTHON" ]; then
  {
    echo "Python 3.11 から 3.13 が見つかりません。次の行を入力してから、もう一度起動してください。"
    echo "No Python 3.11 to 3.13 found. Type this line, then start again:"
    if apt-cache show python3.11 >/dev/null 2>&1; then version=3.11; else version=3; fi
    echo "  sudo apt-get update && sudo apt-get install -y python$version python$version-venv"
  } >&2
  exit 3
fi
