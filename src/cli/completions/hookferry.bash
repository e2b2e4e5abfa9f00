# bash completion of hookferry. Source it, or keep it as ~/.local/share/bash-completion/completions/hookferry.
# What to offer is asked of the hookferry that is being typed.
# shellcheck shell=bash

_hookferry() {
  local kind value program=${COMP_WORDS[0]/#\~/$HOME} begun=${COMP_WORDS[COMP_CWORD]}
  local -a words=()
  local ending=
  local paths=
  if [[ $begun == '=' ]]; then begun=; fi # the value behind --option= begins here
  while IFS=$'\t' read -r kind value _; do
    case $kind in
      word) words+=("$value") ;;
      files | folders) paths=$kind ending=$value ;;
    esac
  done < <("$program" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)

  COMPREPLY=()
  if [[ -n $paths ]]; then
    compopt -o filenames 2>/dev/null # readline quotes, and puts a slash behind folders
    local path
    while IFS= read -r path; do
      if [[ -d $path || ($paths == files && $path == *"$ending") ]]; then words+=("$path"); fi
    done < <(compgen -f -- "$begun")
    COMPREPLY=("${words[@]}")
  else
    for value in "${words[@]}"; do
      printf -v value %q "$value"
      value=${value//\\,/,} # the comma of a list needs no escape
      COMPREPLY+=("$value")
    done
  fi
}

complete -F _hookferry hookferry
