# Completion of symcost in bash. For this shell:   source <(symcost completion bash)
# For every shell, where bash-completion is installed:
#   symcost completion bash > ~/.local/share/bash-completion/completions/symcost
_symcost() {
    local IFS=$'\n' word glue='' count=0 found files='' names=()
    local words=()
    # Bash takes "s=1024" for three words; symcost takes it for one.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [[ $count -gt 0 && ( $word == [=:] || -n $glue ) ]]; then
            words[count - 1]+=$word
            if [[ $word == [=:] ]]; then glue=1; else glue=''; fi
        else
            words[count]=$word
            count=$((count + 1))
        fi
    done
    local last=${words[count - 1]} current=${COMP_WORDS[COMP_CWORD]}
    [[ $current == [=:] ]] && current=''
    local before=${last%"$current"}
    for found in $("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null); do
        if [[ $found == :files ]]; then
            files=1
        else
            names+=("${found#"$before"}")
        fi
    done
    COMPREPLY=("${names[@]}")
    if [[ -n $files ]]; then
        COMPREPLY+=($(compgen -f -- "$current"))
        type compopt &>/dev/null && compopt -o filenames 2>/dev/null
    fi
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        type compopt &>/dev/null && compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -F _symcost symcost
