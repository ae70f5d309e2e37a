#compdef symcost
# Completion of symcost in zsh. For this shell:    source <(symcost completion zsh)
# For every shell, before `compinit` runs in ~/.zshrc:
#   symcost completion zsh > ~/.zfunc/_symcost     and     fpath+=(~/.zfunc)
_symcost() {
    local -a found names
    found=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    names=(${(M)found:#*=})
    (( ${#names} )) && compadd -Q -S '' -- "${names[@]}"
    names=(${${found:#*=}:#:files})
    (( ${#names} )) && compadd -Q -- "${names[@]}"
    if (( ${found[(Ie):files]} )); then
        _files
    fi
}
if [[ $funcstack[1] == _symcost ]]; then
    _symcost "$@"
else
    compdef _symcost symcost
fi
