export default { fetch: () => new Response("for the tests of this module") };
export class Burned {}
