/** What lets a machine join, to be run there. */
export const joinCommand = (token: string) =>
  `node cli/bin/madang.mjs agent --url ${window.location.origin} --token ${token} --label linux`
