// The commands that there are, from the server's help.

const SUBJECT = /^ {2}(\w+) +\//; // a line of /help
const COMMAND = /^ {2}(\/\S+)(.*?)\s{2,}(\S.*)$/; // a line of /help with a subject

export class Commands {
  constructor(chat, asking) {
    this.chat = chat;
    this.asking = asking;
    this.isAsked = false;
  }

  // Ask for them, once; `learned` is called as they come.
  learn(learned) {
    if (this.isAsked) return;
    this.isAsked = true;
    const subjects = new Set();
    this.help({}, SUBJECT, ([, subject]) => subjects.add(subject), () => {
      for (const command of subjects) {
        this.help({ command }, COMMAND, ([, name, rest, about]) => {
          this.chat.commands.set(name, `${rest.trim()} ${about}`.trim());
        }, learned);
      }
    });
  }

  // Ask for help, and find something in each line of the answer.
  help(about, pattern, found, end) {
    const take = ({ text = "" }) => {
      const match = pattern.exec(text);
      if (match) found(match);
      return true;
    };
    this.asking.ask({ do: "help", ...about }, { take, end });
  }
}
