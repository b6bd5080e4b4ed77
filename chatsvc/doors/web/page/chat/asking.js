// Requests with what is to be done with their answers.

export class Asking {
  constructor() {
    this.link = null;
    this.questions = new Map(); // by nonce
  }

  // Send a request; returns its nonce, or "" if too many wait. The question may have
  //   take: called with each event that answers it, returns whether nobody else shall see it; its
  //     errors are not shown, either;
  //   end: called at its end, with the error if it failed.
  // isLast: whether it goes after all others, even later ones.
  ask(request, question = {}, isLast = false) {
    const { queue } = this.link;
    const nonce = isLast ? queue.addLast(request) : queue.add(request);
    return nonce && this.note(nonce, { request, ...question });
  }

  note(nonce, question) {
    this.questions.set(nonce, { nonce, ...question });
    return nonce;
  }

  // The question that an event answers.
  of(received) {
    return this.questions.get((received.error ?? received).nonce ?? received.answers ?? "");
  }

  // Note the end of a question.
  end(received) {
    const nonce = (received.error ?? received).nonce ?? "";
    const question = this.questions.get(nonce);
    if (question && this.questions.delete(nonce)) question.end?.(received.error ?? null);
  }
}
