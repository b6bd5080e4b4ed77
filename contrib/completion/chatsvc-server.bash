# Completes chatsvc-server in bash. Made by: python docs/command_lines

_chatsvc_server() {
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
        ":--server-name" | ":--network" | ":--operator" | ":--admin" | ":-p" | ":--port" | ":-i" | ":--interface" | ":--listen" | ":--line" | ":--irc" | ":--web" | ":--trusted-proxies" | ":--tls-port" | ":--sts" | ":--grace" | ":--max-users" | ":--max-per-address" | ":--throttle" | ":--backlog" | ":--history" | ":--history-bytes" | ":--store" | ":--keep" | ":--keep-size" | ":--keep-addresses" | ":--metrics" | ":--log-level") ;;
        ":--motd" | ":--certificate" | ":--acme-webroot" | ":--config") files=1 ;;
        ":--doors") words="line irc web" ;;
        ":--auto-join" | ":--public-archive" | ":--direct-history") words="on off" ;;
        ":--log-format") words="text json" ;;
        ":"*) words="--server-name --network --motd --operator --admin -p --port -i --interface --doors --listen --line --irc --web --trusted-proxies --auto-join --public-archive --certificate --acme-webroot --tls-port --sts --accounts-only --invite-only --allow-plaintext-passwords --grace --max-users --max-per-address --throttle --backlog --history --history-bytes --store --keep --keep-size --direct-history --keep-addresses --metrics --log-format --log-level --config --help --version" ;;
    esac
    if [[ $files ]]; then
        compopt -o filenames 2> /dev/null
        COMPREPLY=($(compgen -f -- "$word"; compgen -W "${words// /$IFS}" -- "$word"))
    else
        COMPREPLY=($(compgen -W "${words// /$IFS}" -- "$word"))
    fi
}

complete -F _chatsvc_server chatsvc-server
