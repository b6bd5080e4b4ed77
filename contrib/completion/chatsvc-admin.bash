# Completes chatsvc-admin in bash. Made by: python docs/command_lines

_chatsvc_admin() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} IFS=$'\n'
    local at= each words= files=
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for each in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        case "$at $each" in
            " help" | " status") at+=" $each" ;;
        esac
    done
    case "$at:$before" in
        ":--socket") files=1 ;;
        ":"*) words="help status -h --help --socket --json --version" ;;
        " help:"*) words="-h --help" ;;
        " status:--socket") files=1 ;;
        " status:"*) words="-h --help --socket --json" ;;
    esac
    if [[ $files ]]; then
        compopt -o filenames 2> /dev/null
        COMPREPLY=($(compgen -f -- "$word"; compgen -W "${words// /$IFS}" -- "$word"))
    else
        COMPREPLY=($(compgen -W "${words// /$IFS}" -- "$word"))
    fi
}

complete -F _chatsvc_admin chatsvc-admin
