// Makes the module, and hands it what comes. `npm run build` writes `build`.

import module from "./build/worker_bg.wasm";
import * as bindings from "./build/worker_bg.js";

const { exports } = new WebAssembly.Instance(module, { "./worker_bg.js": bindings });
bindings.__wbg_set_wasm(exports);
exports.__wbindgen_start?.();

export { Burned } from "./build/worker_bg.js";

export default { fetch: bindings.fetch };
