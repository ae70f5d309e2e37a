# Completion of symcost in fish. For this shell:   symcost completion fish | source
# For every shell:   symcost completion fish > ~/.config/fish/completions/symcost.fish
function __symcost
    set -l before (commandline -opc)
    set -l word (commandline -ct)
    for found in ($before[1] complete -- $before[2..-1] $word 2>/dev/null)
        if test "$found" = ":files"
            __fish_complete_path $word
        else
            echo $found
        end
    end
end
complete -c symcost -f -a '(__symcost)'
