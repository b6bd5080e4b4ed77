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
            " help" | " accounts" | " accounts delete" | " accounts list" | " accounts rename" | " accounts reset-password" | " accounts show" | " acts" | " announce" | " backup" | " ban" | " bans" | " check" | " config" | " doctor" | " export" | " export all" | " export person" | " export room" | " forget" | " import" | " invite" | " kick" | " lockdown" | " log" | " mute" | " reload" | " restore" | " room" | " room clear" | " room delete" | " room hand-over" | " room rename" | " rooms" | " status" | " unban" | " undo" | " unmute" | " who") at+=" $each" ;;
        esac
    done
    case "$at:$before" in
        ":--socket") files=1 ;;
        ":"*) words="help accounts acts announce backup ban bans check config doctor export forget import invite kick lockdown log mute reload restore room rooms status unban undo unmute who -h --help --socket --json --version" ;;
        " help:"*) words="-h --help" ;;
        " accounts:"*) words="delete list rename reset-password show -h --help" ;;
        " accounts delete:--socket") files=1 ;;
        " accounts delete:"*) words="-h --help --socket --json --yes" ;;
        " accounts list:--socket") files=1 ;;
        " accounts list:"*) words="-h --help --socket --json" ;;
        " accounts rename:--socket") files=1 ;;
        " accounts rename:"*) words="-h --help --socket --json" ;;
        " accounts reset-password:--socket") files=1 ;;
        " accounts reset-password:"*) words="-h --help --socket --json" ;;
        " accounts show:--socket") files=1 ;;
        " accounts show:"*) words="-h --help --socket --json" ;;
        " acts:--socket") files=1 ;;
        " acts:--room" | " acts:--last") ;;
        " acts:"*) words="-h --help --socket --json --room --last" ;;
        " announce:--socket") files=1 ;;
        " announce:"*) words="-h --help --socket --json" ;;
        " backup:--socket" | " backup:--config") files=1 ;;
        " backup:--keep" | " backup:--store") ;;
        " backup:"*) words="-h --help --socket --json --keep --config --store" files=1 ;;
        " ban:--socket") files=1 ;;
        " ban:--room") ;;
        " ban:"*) words="-h --help --socket --json --room" ;;
        " bans:--socket") files=1 ;;
        " bans:--room") ;;
        " bans:"*) words="-h --help --socket --json --room" ;;
        " check:--socket") files=1 ;;
        " check:"*) words="-h --help --socket --json --quiet" files=1 ;;
        " config:--socket") files=1 ;;
        " config:"*) words="-h --help --socket --json" ;;
        " doctor:--socket" | " doctor:--config") files=1 ;;
        " doctor:--store" | " doctor:--url") ;;
        " doctor:"*) words="-h --help --socket --json --config --store --url --quiet" ;;
        " export:"*) words="all person room -h --help" ;;
        " export all:--socket" | " export all:--output") files=1 ;;
        " export all:--format") words="json text" ;;
        " export all:"*) words="-h --help --socket --json --format --output" ;;
        " export person:--socket" | " export person:--output") files=1 ;;
        " export person:--format") words="json text" ;;
        " export person:"*) words="-h --help --socket --json --format --output" ;;
        " export room:--socket" | " export room:--output") files=1 ;;
        " export room:--since" | " export room:--until") ;;
        " export room:--format") words="json text" ;;
        " export room:"*) words="-h --help --socket --json --since --until --format --output" ;;
        " forget:--socket") files=1 ;;
        " forget:"*) words="-h --help --socket --json --yes" ;;
        " import:--socket" | " import:--map") files=1 ;;
        " import:--owner" | " import:--into" | " import:--room" | " import:--name" | " import:--zone") ;;
        " import:--format") words="chatsvc weechat irssi slack mattermost" ;;
        " import:"*) words="-h --help --socket --json --owner --format --into --room --name --map --zone --dry-run" files=1 ;;
        " invite:--socket") files=1 ;;
        " invite:"*) words="-h --help --socket --json" ;;
        " kick:--socket") files=1 ;;
        " kick:--room") ;;
        " kick:"*) words="-h --help --socket --json --room" ;;
        " lockdown:--socket") files=1 ;;
        " lockdown:"*) words="-h --help --socket --json" ;;
        " log:--socket") files=1 ;;
        " log:--last") ;;
        " log:"*) words="-h --help --socket --json --follow --last --audit" ;;
        " mute:--socket") files=1 ;;
        " mute:--room") ;;
        " mute:"*) words="-h --help --socket --json --room" ;;
        " reload:--socket") files=1 ;;
        " reload:"*) words="-h --help --socket --json" ;;
        " restore:--socket" | " restore:--config") files=1 ;;
        " restore:--store") ;;
        " restore:"*) words="-h --help --socket --json --yes --config --store" files=1 ;;
        " room:"*) words="clear delete hand-over rename -h --help" ;;
        " room clear:--socket") files=1 ;;
        " room clear:"*) words="-h --help --socket --json --yes" ;;
        " room delete:--socket") files=1 ;;
        " room delete:"*) words="-h --help --socket --json --yes" ;;
        " room hand-over:--socket") files=1 ;;
        " room hand-over:"*) words="-h --help --socket --json" ;;
        " room rename:--socket") files=1 ;;
        " room rename:"*) words="-h --help --socket --json" ;;
        " rooms:--socket") files=1 ;;
        " rooms:"*) words="-h --help --socket --json" ;;
        " status:--socket") files=1 ;;
        " status:"*) words="-h --help --socket --json" ;;
        " unban:--socket") files=1 ;;
        " unban:--room") ;;
        " unban:"*) words="-h --help --socket --json --room" ;;
        " undo:--socket") files=1 ;;
        " undo:"*) words="-h --help --socket --json" ;;
        " unmute:--socket") files=1 ;;
        " unmute:--room") ;;
        " unmute:"*) words="-h --help --socket --json --room" ;;
        " who:--socket") files=1 ;;
        " who:"*) words="-h --help --socket --json" ;;
    esac
    if [[ $files ]]; then
        compopt -o filenames 2> /dev/null
        COMPREPLY=($(compgen -f -- "$word"; compgen -W "${words// /$IFS}" -- "$word"))
    else
        COMPREPLY=($(compgen -W "${words// /$IFS}" -- "$word"))
    fi
}

complete -F _chatsvc_admin chatsvc-admin
