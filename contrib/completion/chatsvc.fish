# Completes chatsvc in fish. Made by: python docs/command_lines

complete -c chatsvc -f
complete -c chatsvc -s h -l help -d 'explain this, and exit'
complete -c chatsvc -l tls -d 'encrypt, and check the certificate'
complete -c chatsvc -l ca -r -F -d 'trust the certificates in this PEM file instead of the system\'s'
complete -c chatsvc -l fingerprint -x -d 'trust only the certificate with this fingerprint'
complete -c chatsvc -l name -x -d 'take this name'
complete -c chatsvc -l login -x -d 'log in to this account; asks for the password'
complete -c chatsvc -l password-file -r -F -d 'read the password from the first line of this file'
complete -c chatsvc -l colours -x -a 'auto on off' -d '(default: auto)'
complete -c chatsvc -l notices -x -a 'bell osc9 osc99 osc777 off' -d 'when you are mentioned (default: bell)'
complete -c chatsvc -l plain -d 'one line an event, nothing redrawn: for screen readers'
complete -c chatsvc -l json -d 'one object a line, in both directions'
complete -c chatsvc -l room -x -d 'send each line of the input there, once'
complete -c chatsvc -l quiet -d 'show only the answers to commands'
complete -c chatsvc -l settings -r -F -d 'read other settings from this file (default: ~/.config/chatsvc/client.toml)'
complete -c chatsvc -l version -d 'print the version, and exit'
