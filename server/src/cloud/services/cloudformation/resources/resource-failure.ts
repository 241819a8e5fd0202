/** A resource that did not come to be, with the reason to show as it is. */
export class ResourceFailure extends Error {}
