# fish completion of hookferry. Keep it as ~/.config/fish/completions/hookferry.fish.
# What to offer is asked of the hookferry that is being typed.

function __hookferry_complete
    set -l words (commandline -opc)
    set -l begun (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    for line in ($program complete $words[2..-1] "$begun" 2>/dev/null)
        set -l parts (string split \t -- $line)
        switch $parts[1]
            case word
                printf '%s\t%s\n' $parts[2] $parts[3]
            case files
                __fish_complete_suffix "$begun" "$parts[2]"
            case folders
                __fish_complete_directories "$begun" ''
        end
    end
end

complete -c hookferry -f -k -a '(__hookferry_complete)'
