# Completes chatsvc-admin in fish. Made by: python docs/command_lines

function __chatsvc_admin_at
    set -l at
    for each in (commandline -opc)
        if contains -- (string join ' ' $at $each) 'help' 'status'
            set -a at $each
        end
    end
    test "$at" = "$argv"
end

complete -c chatsvc-admin -f
complete -c chatsvc-admin -n '__chatsvc_admin_at' -a help -d 'explain a command'
complete -c chatsvc-admin -n '__chatsvc_admin_at' -a status -d 'Show what the server does, and how well.'
complete -c chatsvc-admin -n '__chatsvc_admin_at' -s h -l help -d 'explain this, and exit'
complete -c chatsvc-admin -n '__chatsvc_admin_at' -l socket -r -F -d 'the server\'s socket'
complete -c chatsvc-admin -n '__chatsvc_admin_at' -l json -d 'print JSON, an object a line'
complete -c chatsvc-admin -n '__chatsvc_admin_at' -l version -d 'print the version, and exit'
complete -c chatsvc-admin -n '__chatsvc_admin_at help' -s h -l help -d 'explain this, and exit'
complete -c chatsvc-admin -n '__chatsvc_admin_at status' -s h -l help -d 'explain this, and exit'
complete -c chatsvc-admin -n '__chatsvc_admin_at status' -l socket -r -F -d 'the server\'s socket'
complete -c chatsvc-admin -n '__chatsvc_admin_at status' -l json -d 'print JSON, an object a line'
