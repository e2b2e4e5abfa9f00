#compdef hookferry
# zsh completion of hookferry. Keep it as _hookferry in a folder of $fpath, or source it after compinit.
# What to offer is asked of the hookferry that is being typed.

_hookferry() {
  local kind value about
  local -a candidates answer
  answer=("${(@f)$("${(Q)words[1]/#\~/$HOME}" complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  local line
  for line in $answer; do
    IFS=$'\t' read -r kind value about <<<"$line"
    case $kind in
      word) candidates+=("${value//:/\\:}${about:+:$about}") ;;
      files) _files -g "*${value}(-.)" ;;
      folders) _files -/ ;;
    esac
  done
  if (( $#candidates )); then
    _describe 'hookferry' candidates
  fi
}

if [[ $funcstack[1] == _hookferry ]]; then
  _hookferry "$@"
else
  compdef _hookferry hookferry
fi
