# shellcheck shell=bash
# Sourced by scripts that need a package of another release than the machine's own.
# An apt "aside" has its sources, index and downloads in a folder of its own and leaves the
# machine's alone. It needs no root. apt verifies as ever: the archive's key signs the index, the
# index holds the hash of every file.

# The archive of the machine's own distribution, read from its own sources (apt itself parses
# them, one-line and deb822 alike).
machine_archive() {
  (
    . /etc/os-release
    # shellcheck disable=SC2016  # apt fills these in
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
      awk -v own="$VERSION_CODENAME" '
        ($1 == own || $1 ~ /^(oldstable|stable|testing|unstable|sid|devel)$/) && $2 == "main" {
          print $3
          exit
        }'
  )
}

# The archive's keyring, as an option of a source line; nothing means apt's own trusted keys.
archive_key() {
  local id keyring
  id=$(. /etc/os-release && echo "$ID")
  for keyring in "/usr/share/keyrings/$id-archive-keyring".{gpg,pgp}; do
    if [ -r "$keyring" ]; then
      echo "[signed-by=$keyring]"
      return
    fi
  done
}

# aside_open FOLDER "TYPE SUITE COMPONENT"... makes an apt aside in the empty FOLDER and reads the
# index of each source, e.g. "deb-src sid main".
aside_open() {
  local folder=$1 archive key type suite components
  shift
  archive=$(machine_archive)
  if [ -z "$archive" ]; then
    echo "this machine's apt sources name no archive of its own release" >&2
    return 1
  fi
  key=$(archive_key)
  mkdir -p "$folder"/{sources,lists,cache/archives}
  for source in "$@"; do
    read -r type suite components <<<"$source"
    echo "$type $key $archive $suite $components" >>"$folder/sources/aside.list"
  done
  : >"$folder/status"
  if [ "$(id -u)" = 0 ]; then  # apt downloads as its own user
    chmod 755 "$folder"
    chown -R _apt "$folder" 2>/dev/null || true
  fi
  aside "$folder" apt-get -qq --error-on=any update
}

# aside FOLDER TOOL ARGUMENT... runs apt-get or apt-cache on it. No package counts as installed
# there. What is downloaded comes into FOLDER (source, download) or FOLDER/cache/archives.
aside() {
  local folder=$1 tool=$2
  shift 2
  (
    cd "$folder" || exit 1
    "$tool" -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/sources" \
      -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
      -o Dir::State::Lists="$folder/lists" -o Dir::State::status="$folder/status" \
      -o Dir::State::extended_states="$folder/extended_states" \
      -o Dir::Cache="$folder/cache" -o Dir::Cache::archives="$folder/cache/archives" \
      -o APT::Get::List-Cleanup=false -o Acquire::Retries=3 "$@"
  )
}
