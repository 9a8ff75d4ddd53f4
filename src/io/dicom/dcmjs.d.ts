declare module "dcmjs" {
  const dcmjs: import("./dcmjs-library.js").DcmjsLibrary;
  export default dcmjs;
}
