# Completes chatsvc in bash. Made by: python docs/command_lines

_chatsvc() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} IFS=$'\n'
    local at= each words= files=
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for each in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        case "$at $each" in
            '') at+=" $each" ;;
        esac
    done
    case "$at:$before" in
        ":--ca" | ":--password-file" | ":--settings") files=1 ;;
        ":--fingerprint" | ":--name" | ":--login" | ":--room") ;;
        ":--colours") words="auto on off" ;;
        ":--notices") words="bell osc9 osc99 osc777 off" ;;
        ":"*) words="-h --help --tls --ca --fingerprint --name --login --password-file --colours --notices --plain --json --room --quiet --settings --version" ;;
    esac
    if [[ $files ]]; then
        compopt -o filenames 2> /dev/null
        COMPREPLY=($(compgen -f -- "$word"; compgen -W "${words// /$IFS}" -- "$word"))
    else
        COMPREPLY=($(compgen -W "${words// /$IFS}" -- "$word"))
    fi
}

complete -F _chatsvc chatsvc
