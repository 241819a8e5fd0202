/** Bodies that came in a browser's form: what they become is told of as posted, not as put. */
export const posted = new WeakSet<object>()
