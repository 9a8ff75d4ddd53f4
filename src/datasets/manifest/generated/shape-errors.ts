// @ts-nocheck
// Generated from data-samples/manifest.schema.json by `npm run generate`.
const schema31 = {"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"samlab-manifest-1","title":"samlab data set manifest, version 1","description":"Images with their ground truth, for evaluation and fine-tuning. Paths are relative to the manifest's own folder.","type":"object","errorMessage":"must be a JSON object","required":["format","name","cases"],"additionalProperties":false,"properties":{"$schema":{"type":"string"},"format":{"const":"samlab-manifest/1","description":"Which version of this format the file follows."},"name":{"$ref":"#/$defs/text","description":"The data set's name, for tables and charts."},"description":{"type":"string"},"defaults":{"description":"Fields for every case that does not give its own. A case's field replaces the default as a whole.","type":"object","additionalProperties":false,"properties":{"modality":{"$ref":"#/$defs/modality"},"labels":{"$ref":"#/$defs/labels"},"otherLabels":{"$ref":"#/$defs/otherLabels"},"slicing":{"$ref":"#/$defs/slicing"},"license":{"$ref":"#/$defs/text"},"source":{"$ref":"#/$defs/text"},"split":{"$ref":"#/$defs/split"}}},"cases":{"type":"array","minItems":1,"errorMessage":"must be a list of at least one case","items":{"$ref":"#/$defs/case"}}},"$defs":{"text":{"type":"string","pattern":"\\S","errorMessage":"must be text, and not blank"},"case":{"type":"object","description":"modality, labels, license and split must stand here or in the defaults.","required":["id","image","truth"],"additionalProperties":false,"properties":{"id":{"type":"string","pattern":"^[A-Za-z0-9][A-Za-z0-9._-]*$","errorMessage":"must be letters, digits, dots, dashes and underscores, the first a letter or a digit","description":"Unique within the manifest; used in file names."},"title":{"$ref":"#/$defs/text"},"subject":{"$ref":"#/$defs/text","description":"The patient or animal. Cases of one subject must be in one split. Default: every case is its own subject."},"modality":{"$ref":"#/$defs/modality"},"image":{"$ref":"#/$defs/image"},"truth":{"$ref":"#/$defs/truth"},"labels":{"$ref":"#/$defs/labels"},"otherLabels":{"$ref":"#/$defs/otherLabels"},"slicing":{"$ref":"#/$defs/slicing"},"license":{"$ref":"#/$defs/text","description":"SPDX identifier, or the license's name."},"source":{"$ref":"#/$defs/text","description":"Where the files come from: project, version, original name."},"split":{"$ref":"#/$defs/split"},"notes":{"type":"string"}}},"modality":{"description":"Results are grouped by it.","enum":["CT","MR","PET","Ultrasound","X-ray","Mammography","Dermoscopy","Endoscopy","Fundus","OCT","Pathology","Microscopy","Electron microscopy","Other"]},"sha256":{"type":"string","pattern":"^[0-9a-f]{64}$","errorMessage":"must be 64 lower-case hex digits","description":"Of the file's bytes; of a folder what `sha256sum * | sha256sum` prints in it; of a header with separate voxels (.hdr, .mhd, .nhdr) what `sha256sum header voxels | sha256sum` prints. Checked on loading."},"frame":{"type":"integer","minimum":0,"description":"Which volume of a 4D file, from 0."},"image":{"type":"object","required":["path"],"additionalProperties":false,"properties":{"path":{"$ref":"#/$defs/text"},"sha256":{"$ref":"#/$defs/sha256"},"frame":{"$ref":"#/$defs/frame"},"series":{"$ref":"#/$defs/text","description":"Which series of a folder of several DICOM series: its UID, number, or description."},"window":{"$ref":"#/$defs/window"},"nonFinite":{"enum":["reject","zero"],"description":"NaN and infinite voxels: refuse the image (default), or set them to 0."},"orientation":{"enum":["apply","ignore"],"description":"For pictures with an EXIF orientation, when the truth has none: whether the truth was drawn on the upright picture (`apply`) or on the pixels as they are stored (`ignore`, as COCO and Pillow have it)."}}},"truth":{"type":"object","required":["path","made"],"additionalProperties":false,"properties":{"path":{"$ref":"#/$defs/text"},"sha256":{"$ref":"#/$defs/sha256"},"frame":{"$ref":"#/$defs/frame"},"made":{"enum":["manual","semi-automatic","automatic","atlas","synthetic","unknown"],"description":"How the mask came to be. `automatic` is a program's or a model's output and no ground truth; scores against it measure agreement."},"note":{"type":"string","description":"Who drew it, with what."},"instances":{"type":"boolean","description":"Every value above 0 is one object of its own; labels then has the one key `>=1`. Default false."}}},"labels":{"description":"The truth's values and what they mean: whole numbers from 1 to 65535 (`1`), several that are taken together as one object (`1+2`), or one threshold (`>=128`, `>=0.5`) for gray masks, JPEG masks and probability maps. Of a PNG with a palette the number is the color's place in it. A gray PNG of 1, 2 or 4 bits counts as it is stored (0 to 1, 3 or 15) where all these numbers can be stored in it, else stretched to 0–255. Values that are not named: see otherLabels.","type":"object","minProperties":1,"errorMessage":"must be an object such as { \"1\": \"tumor\" }","propertyNames":{"pattern":"^(?:[1-9][0-9]{0,4}(?:\\+[1-9][0-9]{0,4})*|>=[0-9]+(?:\\.[0-9]+)?)$","errorMessage":"must be a whole number from 1 (`1`), several together (`1+2`) or a threshold (`>=128`)"},"additionalProperties":{"$ref":"#/$defs/text"}},"otherLabels":{"enum":["fail","background"],"description":"What to do with truth values that labels does not name. `fail` (default): an evaluation scores the named ones and has a failed row for each of the others, since a forgotten label is easily overlooked. `background`: treat them as background."},"slicing":{"description":"How a volume is cut into the 2D images that are evaluated. Ignored for pictures. Default: axial, the slices where the object is.","type":"object","additionalProperties":false,"properties":{"plane":{"enum":["axial","coronal","sagittal"]},"slices":{"description":"`truth`: slices where the object has at least minPixels pixels. `largest`: the one where it has most. `all`: every slice. Or a list of slice numbers, from 0.","anyOf":[{"enum":["truth","largest","all"]},{"description":"a list of different slice numbers","type":"array","minItems":1,"uniqueItems":true,"errorMessage":"must list different whole numbers from 0","items":{"type":"integer","minimum":0}}]},"minPixels":{"type":"integer","minimum":1,"description":"Default 1."}}},"split":{"enum":["train","validation","test"]},"window":{"description":"How intensities become gray levels; `auto` if not given.","anyOf":[{"enum":["auto","abdomen","liver","mediastinum","lung","bone","brain","subdural","spine"]},{"description":"{ low, high }","type":"object","required":["low","high"],"additionalProperties":false,"properties":{"low":{"type":"number"},"high":{"type":"number"}}},{"description":"{ width, level }","type":"object","required":["width","level"],"additionalProperties":false,"properties":{"width":{"type":"number","exclusiveMinimum":0},"level":{"type":"number"}}},{"description":"{ percentiles: [low, high] }","type":"object","required":["percentiles"],"additionalProperties":false,"properties":{"percentiles":{"type":"array","minItems":2,"maxItems":2,"errorMessage":"must be two numbers from 0 to 100","items":{"type":"number","minimum":0,"maximum":100}},"ignoreZero":{"type":"boolean"}}}]}}};
const schema32 = {"type":"string","pattern":"\\S","errorMessage":"must be text, and not blank"};
const schema33 = {"description":"Results are grouped by it.","enum":["CT","MR","PET","Ultrasound","X-ray","Mammography","Dermoscopy","Endoscopy","Fundus","OCT","Pathology","Microscopy","Electron microscopy","Other"]};
const schema36 = {"enum":["fail","background"],"description":"What to do with truth values that labels does not name. `fail` (default): an evaluation scores the named ones and has a failed row for each of the others, since a forgotten label is easily overlooked. `background`: treat them as background."};
const schema37 = {"description":"How a volume is cut into the 2D images that are evaluated. Ignored for pictures. Default: axial, the slices where the object is.","type":"object","additionalProperties":false,"properties":{"plane":{"enum":["axial","coronal","sagittal"]},"slices":{"description":"`truth`: slices where the object has at least minPixels pixels. `largest`: the one where it has most. `all`: every slice. Or a list of slice numbers, from 0.","anyOf":[{"enum":["truth","largest","all"]},{"description":"a list of different slice numbers","type":"array","minItems":1,"uniqueItems":true,"errorMessage":"must list different whole numbers from 0","items":{"type":"integer","minimum":0}}]},"minPixels":{"type":"integer","minimum":1,"description":"Default 1."}}};
const schema40 = {"enum":["train","validation","test"]};
const pattern4 = new RegExp("\\S", "u");
const schema34 = {"description":"The truth's values and what they mean: whole numbers from 1 to 65535 (`1`), several that are taken together as one object (`1+2`), or one threshold (`>=128`, `>=0.5`) for gray masks, JPEG masks and probability maps. Of a PNG with a palette the number is the color's place in it. A gray PNG of 1, 2 or 4 bits counts as it is stored (0 to 1, 3 or 15) where all these numbers can be stored in it, else stretched to 0–255. Values that are not named: see otherLabels.","type":"object","minProperties":1,"errorMessage":"must be an object such as { \"1\": \"tumor\" }","propertyNames":{"pattern":"^(?:[1-9][0-9]{0,4}(?:\\+[1-9][0-9]{0,4})*|>=[0-9]+(?:\\.[0-9]+)?)$","errorMessage":"must be a whole number from 1 (`1`), several together (`1+2`) or a threshold (`>=128`)"},"additionalProperties":{"$ref":"#/$defs/text"}};
const pattern5 = new RegExp("^(?:[1-9][0-9]{0,4}(?:\\+[1-9][0-9]{0,4})*|>=[0-9]+(?:\\.[0-9]+)?)$", "u");

function validate21(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate21.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(Object.keys(data).length < 1){
const err0 = {instancePath,schemaPath:"#/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema34,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
const _errs1 = errors;
if(typeof key0 === "string"){
if(!pattern5.test(key0)){
const err1 = {instancePath,schemaPath:"#/propertyNames/pattern",keyword:"pattern",params:{pattern: "^(?:[1-9][0-9]{0,4}(?:\\+[1-9][0-9]{0,4})*|>=[0-9]+(?:\\.[0-9]+)?)$"},message:"must match pattern \""+"^(?:[1-9][0-9]{0,4}(?:\\+[1-9][0-9]{0,4})*|>=[0-9]+(?:\\.[0-9]+)?)$"+"\"",schema:"^(?:[1-9][0-9]{0,4}(?:\\+[1-9][0-9]{0,4})*|>=[0-9]+(?:\\.[0-9]+)?)$",parentSchema:schema34.propertyNames,data:key0,propertyName:key0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
var valid0 = _errs1 === errors;
if(!valid0){
const err2 = {instancePath,schemaPath:"#/propertyNames",keyword:"propertyNames",params:{propertyName: key0},message:"property name must be valid",schema:schema34.propertyNames,parentSchema:schema34,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
for(const key1 in data){
let data0 = data[key1];
if(typeof data0 === "string"){
if(!pattern4.test(data0)){
const err3 = {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema34.type,parentSchema:schema34,data};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
validate21.errors = vErrors;
return errors === 0;
}
validate21.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema41 = {"type":"object","description":"modality, labels, license and split must stand here or in the defaults.","required":["id","image","truth"],"additionalProperties":false,"properties":{"id":{"type":"string","pattern":"^[A-Za-z0-9][A-Za-z0-9._-]*$","errorMessage":"must be letters, digits, dots, dashes and underscores, the first a letter or a digit","description":"Unique within the manifest; used in file names."},"title":{"$ref":"#/$defs/text"},"subject":{"$ref":"#/$defs/text","description":"The patient or animal. Cases of one subject must be in one split. Default: every case is its own subject."},"modality":{"$ref":"#/$defs/modality"},"image":{"$ref":"#/$defs/image"},"truth":{"$ref":"#/$defs/truth"},"labels":{"$ref":"#/$defs/labels"},"otherLabels":{"$ref":"#/$defs/otherLabels"},"slicing":{"$ref":"#/$defs/slicing"},"license":{"$ref":"#/$defs/text","description":"SPDX identifier, or the license's name."},"source":{"$ref":"#/$defs/text","description":"Where the files come from: project, version, original name."},"split":{"$ref":"#/$defs/split"},"notes":{"type":"string"}}};
const func1 = Object.prototype.hasOwnProperty;
const pattern9 = new RegExp("^[A-Za-z0-9][A-Za-z0-9._-]*$", "u");
const schema45 = {"type":"object","required":["path"],"additionalProperties":false,"properties":{"path":{"$ref":"#/$defs/text"},"sha256":{"$ref":"#/$defs/sha256"},"frame":{"$ref":"#/$defs/frame"},"series":{"$ref":"#/$defs/text","description":"Which series of a folder of several DICOM series: its UID, number, or description."},"window":{"$ref":"#/$defs/window"},"nonFinite":{"enum":["reject","zero"],"description":"NaN and infinite voxels: refuse the image (default), or set them to 0."},"orientation":{"enum":["apply","ignore"],"description":"For pictures with an EXIF orientation, when the truth has none: whether the truth was drawn on the upright picture (`apply`) or on the pixels as they are stored (`ignore`, as COCO and Pillow have it)."}}};
const schema47 = {"type":"string","pattern":"^[0-9a-f]{64}$","errorMessage":"must be 64 lower-case hex digits","description":"Of the file's bytes; of a folder what `sha256sum * | sha256sum` prints in it; of a header with separate voxels (.hdr, .mhd, .nhdr) what `sha256sum header voxels | sha256sum` prints. Checked on loading."};
const schema48 = {"type":"integer","minimum":0,"description":"Which volume of a 4D file, from 0."};
const schema50 = {"description":"How intensities become gray levels; `auto` if not given.","anyOf":[{"enum":["auto","abdomen","liver","mediastinum","lung","bone","brain","subdural","spine"]},{"description":"{ low, high }","type":"object","required":["low","high"],"additionalProperties":false,"properties":{"low":{"type":"number"},"high":{"type":"number"}}},{"description":"{ width, level }","type":"object","required":["width","level"],"additionalProperties":false,"properties":{"width":{"type":"number","exclusiveMinimum":0},"level":{"type":"number"}}},{"description":"{ percentiles: [low, high] }","type":"object","required":["percentiles"],"additionalProperties":false,"properties":{"percentiles":{"type":"array","minItems":2,"maxItems":2,"errorMessage":"must be two numbers from 0 to 100","items":{"type":"number","minimum":0,"maximum":100}},"ignoreZero":{"type":"boolean"}}}]};
const pattern13 = new RegExp("^[0-9a-f]{64}$", "u");

function validate24(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate24.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.path === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "path"},message:"must have required property '"+"path"+"'",schema:schema45.required,parentSchema:schema45,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(((((((key0 === "path") || (key0 === "sha256")) || (key0 === "frame")) || (key0 === "series")) || (key0 === "window")) || (key0 === "nonFinite")) || (key0 === "orientation"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema45,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.path !== undefined){
let data0 = data.path;
if(typeof data0 === "string"){
if(!pattern4.test(data0)){
const err2 = {instancePath:instancePath+"/path",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/path",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.sha256 !== undefined){
let data1 = data.sha256;
if(typeof data1 === "string"){
if(!pattern13.test(data1)){
const err4 = {instancePath:instancePath+"/sha256",schemaPath:"#/$defs/sha256/pattern",keyword:"pattern",params:{pattern: "^[0-9a-f]{64}$"},message:"must match pattern \""+"^[0-9a-f]{64}$"+"\"",schema:"^[0-9a-f]{64}$",parentSchema:schema47,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/sha256",schemaPath:"#/$defs/sha256/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema47.type,parentSchema:schema47,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.frame !== undefined){
let data2 = data.frame;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err6 = {instancePath:instancePath+"/frame",schemaPath:"#/$defs/frame/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema48.type,parentSchema:schema48,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 < 0 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/frame",schemaPath:"#/$defs/frame/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema48,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
if(data.series !== undefined){
let data3 = data.series;
if(typeof data3 === "string"){
if(!pattern4.test(data3)){
const err8 = {instancePath:instancePath+"/series",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/series",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data3};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.window !== undefined){
let data4 = data.window;
const _errs16 = errors;
let valid6 = false;
const _errs17 = errors;
if(!(((((((((data4 === "auto") || (data4 === "abdomen")) || (data4 === "liver")) || (data4 === "mediastinum")) || (data4 === "lung")) || (data4 === "bone")) || (data4 === "brain")) || (data4 === "subdural")) || (data4 === "spine"))){
const err10 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/0/enum",keyword:"enum",params:{allowedValues: schema50.anyOf[0].enum},message:"must be equal to one of the allowed values",schema:schema50.anyOf[0].enum,parentSchema:schema50.anyOf[0],data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
var _valid0 = _errs17 === errors;
valid6 = valid6 || _valid0;
const _errs18 = errors;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
if(data4.low === undefined){
const err11 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/1/required",keyword:"required",params:{missingProperty: "low"},message:"must have required property '"+"low"+"'",schema:schema50.anyOf[1].required,parentSchema:schema50.anyOf[1],data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(data4.high === undefined){
const err12 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/1/required",keyword:"required",params:{missingProperty: "high"},message:"must have required property '"+"high"+"'",schema:schema50.anyOf[1].required,parentSchema:schema50.anyOf[1],data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
for(const key1 in data4){
if(!((key1 === "low") || (key1 === "high"))){
const err13 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/1/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema50.anyOf[1],data:data4};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data4.low !== undefined){
let data5 = data4.low;
if(!((typeof data5 == "number") && (isFinite(data5)))){
const err14 = {instancePath:instancePath+"/window/low",schemaPath:"#/$defs/window/anyOf/1/properties/low/type",keyword:"type",params:{type: "number"},message:"must be number",schema:schema50.anyOf[1].properties.low.type,parentSchema:schema50.anyOf[1].properties.low,data:data5};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data4.high !== undefined){
let data6 = data4.high;
if(!((typeof data6 == "number") && (isFinite(data6)))){
const err15 = {instancePath:instancePath+"/window/high",schemaPath:"#/$defs/window/anyOf/1/properties/high/type",keyword:"type",params:{type: "number"},message:"must be number",schema:schema50.anyOf[1].properties.high.type,parentSchema:schema50.anyOf[1].properties.high,data:data6};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
else {
const err16 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/1/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema50.anyOf[1].type,parentSchema:schema50.anyOf[1],data:data4};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
var _valid0 = _errs18 === errors;
valid6 = valid6 || _valid0;
if(_valid0){
var props0 = true;
}
const _errs25 = errors;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
if(data4.width === undefined){
const err17 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/2/required",keyword:"required",params:{missingProperty: "width"},message:"must have required property '"+"width"+"'",schema:schema50.anyOf[2].required,parentSchema:schema50.anyOf[2],data:data4};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if(data4.level === undefined){
const err18 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/2/required",keyword:"required",params:{missingProperty: "level"},message:"must have required property '"+"level"+"'",schema:schema50.anyOf[2].required,parentSchema:schema50.anyOf[2],data:data4};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
for(const key2 in data4){
if(!((key2 === "width") || (key2 === "level"))){
const err19 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/2/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties",schema:false,parentSchema:schema50.anyOf[2],data:data4};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data4.width !== undefined){
let data7 = data4.width;
if((typeof data7 == "number") && (isFinite(data7))){
if(data7 <= 0 || isNaN(data7)){
const err20 = {instancePath:instancePath+"/window/width",schemaPath:"#/$defs/window/anyOf/2/properties/width/exclusiveMinimum",keyword:"exclusiveMinimum",params:{comparison: ">", limit: 0},message:"must be > 0",schema:0,parentSchema:schema50.anyOf[2].properties.width,data:data7};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/window/width",schemaPath:"#/$defs/window/anyOf/2/properties/width/type",keyword:"type",params:{type: "number"},message:"must be number",schema:schema50.anyOf[2].properties.width.type,parentSchema:schema50.anyOf[2].properties.width,data:data7};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data4.level !== undefined){
let data8 = data4.level;
if(!((typeof data8 == "number") && (isFinite(data8)))){
const err22 = {instancePath:instancePath+"/window/level",schemaPath:"#/$defs/window/anyOf/2/properties/level/type",keyword:"type",params:{type: "number"},message:"must be number",schema:schema50.anyOf[2].properties.level.type,parentSchema:schema50.anyOf[2].properties.level,data:data8};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
}
else {
const err23 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/2/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema50.anyOf[2].type,parentSchema:schema50.anyOf[2],data:data4};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
var _valid0 = _errs25 === errors;
valid6 = valid6 || _valid0;
if(_valid0){
if(props0 !== true){
props0 = true;
}
}
const _errs32 = errors;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
if(data4.percentiles === undefined){
const err24 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/3/required",keyword:"required",params:{missingProperty: "percentiles"},message:"must have required property '"+"percentiles"+"'",schema:schema50.anyOf[3].required,parentSchema:schema50.anyOf[3],data:data4};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
for(const key3 in data4){
if(!((key3 === "percentiles") || (key3 === "ignoreZero"))){
const err25 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/3/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties",schema:false,parentSchema:schema50.anyOf[3],data:data4};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data4.percentiles !== undefined){
let data9 = data4.percentiles;
if(Array.isArray(data9)){
if(data9.length > 2){
const err26 = {instancePath:instancePath+"/window/percentiles",schemaPath:"#/$defs/window/anyOf/3/properties/percentiles/maxItems",keyword:"maxItems",params:{limit: 2},message:"must NOT have more than 2 items",schema:2,parentSchema:schema50.anyOf[3].properties.percentiles,data:data9};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
if(data9.length < 2){
const err27 = {instancePath:instancePath+"/window/percentiles",schemaPath:"#/$defs/window/anyOf/3/properties/percentiles/minItems",keyword:"minItems",params:{limit: 2},message:"must NOT have fewer than 2 items",schema:2,parentSchema:schema50.anyOf[3].properties.percentiles,data:data9};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
const len0 = data9.length;
for(let i0=0; i0<len0; i0++){
let data10 = data9[i0];
if((typeof data10 == "number") && (isFinite(data10))){
if(data10 > 100 || isNaN(data10)){
const err28 = {instancePath:instancePath+"/window/percentiles/" + i0,schemaPath:"#/$defs/window/anyOf/3/properties/percentiles/items/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100},message:"must be <= 100",schema:100,parentSchema:schema50.anyOf[3].properties.percentiles.items,data:data10};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
if(data10 < 0 || isNaN(data10)){
const err29 = {instancePath:instancePath+"/window/percentiles/" + i0,schemaPath:"#/$defs/window/anyOf/3/properties/percentiles/items/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema50.anyOf[3].properties.percentiles.items,data:data10};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
else {
const err30 = {instancePath:instancePath+"/window/percentiles/" + i0,schemaPath:"#/$defs/window/anyOf/3/properties/percentiles/items/type",keyword:"type",params:{type: "number"},message:"must be number",schema:schema50.anyOf[3].properties.percentiles.items.type,parentSchema:schema50.anyOf[3].properties.percentiles.items,data:data10};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
}
else {
const err31 = {instancePath:instancePath+"/window/percentiles",schemaPath:"#/$defs/window/anyOf/3/properties/percentiles/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema50.anyOf[3].properties.percentiles.type,parentSchema:schema50.anyOf[3].properties.percentiles,data:data9};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
if(data4.ignoreZero !== undefined){
let data11 = data4.ignoreZero;
if(typeof data11 !== "boolean"){
const err32 = {instancePath:instancePath+"/window/ignoreZero",schemaPath:"#/$defs/window/anyOf/3/properties/ignoreZero/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema50.anyOf[3].properties.ignoreZero.type,parentSchema:schema50.anyOf[3].properties.ignoreZero,data:data11};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
}
else {
const err33 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf/3/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema50.anyOf[3].type,parentSchema:schema50.anyOf[3],data:data4};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
var _valid0 = _errs32 === errors;
valid6 = valid6 || _valid0;
if(_valid0){
if(props0 !== true){
props0 = true;
}
}
if(!valid6){
const err34 = {instancePath:instancePath+"/window",schemaPath:"#/$defs/window/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema50.anyOf,parentSchema:schema50,data:data4};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
else {
errors = _errs16;
if(vErrors !== null){
if(_errs16){
vErrors.length = _errs16;
}
else {
vErrors = null;
}
}
}
}
if(data.nonFinite !== undefined){
let data12 = data.nonFinite;
if(!((data12 === "reject") || (data12 === "zero"))){
const err35 = {instancePath:instancePath+"/nonFinite",schemaPath:"#/properties/nonFinite/enum",keyword:"enum",params:{allowedValues: schema45.properties.nonFinite.enum},message:"must be equal to one of the allowed values",schema:schema45.properties.nonFinite.enum,parentSchema:schema45.properties.nonFinite,data:data12};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
if(data.orientation !== undefined){
let data13 = data.orientation;
if(!((data13 === "apply") || (data13 === "ignore"))){
const err36 = {instancePath:instancePath+"/orientation",schemaPath:"#/properties/orientation/enum",keyword:"enum",params:{allowedValues: schema45.properties.orientation.enum},message:"must be equal to one of the allowed values",schema:schema45.properties.orientation.enum,parentSchema:schema45.properties.orientation,data:data13};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
}
else {
const err37 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema45.type,parentSchema:schema45,data};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
validate24.errors = vErrors;
return errors === 0;
}
validate24.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema51 = {"type":"object","required":["path","made"],"additionalProperties":false,"properties":{"path":{"$ref":"#/$defs/text"},"sha256":{"$ref":"#/$defs/sha256"},"frame":{"$ref":"#/$defs/frame"},"made":{"enum":["manual","semi-automatic","automatic","atlas","synthetic","unknown"],"description":"How the mask came to be. `automatic` is a program's or a model's output and no ground truth; scores against it measure agreement."},"note":{"type":"string","description":"Who drew it, with what."},"instances":{"type":"boolean","description":"Every value above 0 is one object of its own; labels then has the one key `>=1`. Default false."}}};

function validate26(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate26.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.path === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "path"},message:"must have required property '"+"path"+"'",schema:schema51.required,parentSchema:schema51,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.made === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "made"},message:"must have required property '"+"made"+"'",schema:schema51.required,parentSchema:schema51,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!((((((key0 === "path") || (key0 === "sha256")) || (key0 === "frame")) || (key0 === "made")) || (key0 === "note")) || (key0 === "instances"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema51,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.path !== undefined){
let data0 = data.path;
if(typeof data0 === "string"){
if(!pattern4.test(data0)){
const err3 = {instancePath:instancePath+"/path",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/path",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.sha256 !== undefined){
let data1 = data.sha256;
if(typeof data1 === "string"){
if(!pattern13.test(data1)){
const err5 = {instancePath:instancePath+"/sha256",schemaPath:"#/$defs/sha256/pattern",keyword:"pattern",params:{pattern: "^[0-9a-f]{64}$"},message:"must match pattern \""+"^[0-9a-f]{64}$"+"\"",schema:"^[0-9a-f]{64}$",parentSchema:schema47,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/sha256",schemaPath:"#/$defs/sha256/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema47.type,parentSchema:schema47,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.frame !== undefined){
let data2 = data.frame;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err7 = {instancePath:instancePath+"/frame",schemaPath:"#/$defs/frame/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema48.type,parentSchema:schema48,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 < 0 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/frame",schemaPath:"#/$defs/frame/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema48,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.made !== undefined){
let data3 = data.made;
if(!((((((data3 === "manual") || (data3 === "semi-automatic")) || (data3 === "automatic")) || (data3 === "atlas")) || (data3 === "synthetic")) || (data3 === "unknown"))){
const err9 = {instancePath:instancePath+"/made",schemaPath:"#/properties/made/enum",keyword:"enum",params:{allowedValues: schema51.properties.made.enum},message:"must be equal to one of the allowed values",schema:schema51.properties.made.enum,parentSchema:schema51.properties.made,data:data3};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.note !== undefined){
let data4 = data.note;
if(typeof data4 !== "string"){
const err10 = {instancePath:instancePath+"/note",schemaPath:"#/properties/note/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema51.properties.note.type,parentSchema:schema51.properties.note,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.instances !== undefined){
let data5 = data.instances;
if(typeof data5 !== "boolean"){
const err11 = {instancePath:instancePath+"/instances",schemaPath:"#/properties/instances/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema51.properties.instances.type,parentSchema:schema51.properties.instances,data:data5};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema51.type,parentSchema:schema51,data};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
validate26.errors = vErrors;
return errors === 0;
}
validate26.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate23(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate23.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.id === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "id"},message:"must have required property '"+"id"+"'",schema:schema41.required,parentSchema:schema41,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.image === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "image"},message:"must have required property '"+"image"+"'",schema:schema41.required,parentSchema:schema41,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.truth === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "truth"},message:"must have required property '"+"truth"+"'",schema:schema41.required,parentSchema:schema41,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 in data){
if(!(func1.call(schema41.properties, key0))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema41,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.id !== undefined){
let data0 = data.id;
if(typeof data0 === "string"){
if(!pattern9.test(data0)){
const err4 = {instancePath:instancePath+"/id",schemaPath:"#/properties/id/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9._-]*$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9._-]*$",parentSchema:schema41.properties.id,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/id",schemaPath:"#/properties/id/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema41.properties.id.type,parentSchema:schema41.properties.id,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.title !== undefined){
let data1 = data.title;
if(typeof data1 === "string"){
if(!pattern4.test(data1)){
const err6 = {instancePath:instancePath+"/title",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/title",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data1};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.subject !== undefined){
let data2 = data.subject;
if(typeof data2 === "string"){
if(!pattern4.test(data2)){
const err8 = {instancePath:instancePath+"/subject",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/subject",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.modality !== undefined){
let data3 = data.modality;
if(!((((((((((((((data3 === "CT") || (data3 === "MR")) || (data3 === "PET")) || (data3 === "Ultrasound")) || (data3 === "X-ray")) || (data3 === "Mammography")) || (data3 === "Dermoscopy")) || (data3 === "Endoscopy")) || (data3 === "Fundus")) || (data3 === "OCT")) || (data3 === "Pathology")) || (data3 === "Microscopy")) || (data3 === "Electron microscopy")) || (data3 === "Other"))){
const err10 = {instancePath:instancePath+"/modality",schemaPath:"#/$defs/modality/enum",keyword:"enum",params:{allowedValues: schema33.enum},message:"must be equal to one of the allowed values",schema:schema33.enum,parentSchema:schema33,data:data3};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.image !== undefined){
if(!(validate24(data.image, {instancePath:instancePath+"/image",parentData:data,parentDataProperty:"image",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
errors = vErrors.length;
}
}
if(data.truth !== undefined){
if(!(validate26(data.truth, {instancePath:instancePath+"/truth",parentData:data,parentDataProperty:"truth",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate26.errors : vErrors.concat(validate26.errors);
errors = vErrors.length;
}
}
if(data.labels !== undefined){
if(!(validate21(data.labels, {instancePath:instancePath+"/labels",parentData:data,parentDataProperty:"labels",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate21.errors : vErrors.concat(validate21.errors);
errors = vErrors.length;
}
}
if(data.otherLabels !== undefined){
let data7 = data.otherLabels;
if(!((data7 === "fail") || (data7 === "background"))){
const err11 = {instancePath:instancePath+"/otherLabels",schemaPath:"#/$defs/otherLabels/enum",keyword:"enum",params:{allowedValues: schema36.enum},message:"must be equal to one of the allowed values",schema:schema36.enum,parentSchema:schema36,data:data7};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data.slicing !== undefined){
let data8 = data.slicing;
if(data8 && typeof data8 == "object" && !Array.isArray(data8)){
for(const key1 in data8){
if(!(((key1 === "plane") || (key1 === "slices")) || (key1 === "minPixels"))){
const err12 = {instancePath:instancePath+"/slicing",schemaPath:"#/$defs/slicing/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema37,data:data8};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data8.plane !== undefined){
let data9 = data8.plane;
if(!(((data9 === "axial") || (data9 === "coronal")) || (data9 === "sagittal"))){
const err13 = {instancePath:instancePath+"/slicing/plane",schemaPath:"#/$defs/slicing/properties/plane/enum",keyword:"enum",params:{allowedValues: schema37.properties.plane.enum},message:"must be equal to one of the allowed values",schema:schema37.properties.plane.enum,parentSchema:schema37.properties.plane,data:data9};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data8.slices !== undefined){
let data10 = data8.slices;
const _errs23 = errors;
let valid7 = false;
const _errs24 = errors;
if(!(((data10 === "truth") || (data10 === "largest")) || (data10 === "all"))){
const err14 = {instancePath:instancePath+"/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf/0/enum",keyword:"enum",params:{allowedValues: schema37.properties.slices.anyOf[0].enum},message:"must be equal to one of the allowed values",schema:schema37.properties.slices.anyOf[0].enum,parentSchema:schema37.properties.slices.anyOf[0],data:data10};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
var _valid0 = _errs24 === errors;
valid7 = valid7 || _valid0;
const _errs25 = errors;
if(Array.isArray(data10)){
if(data10.length < 1){
const err15 = {instancePath:instancePath+"/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema37.properties.slices.anyOf[1],data:data10};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
const len0 = data10.length;
for(let i0=0; i0<len0; i0++){
let data11 = data10[i0];
if(!(((typeof data11 == "number") && (!(data11 % 1) && !isNaN(data11))) && (isFinite(data11)))){
const err16 = {instancePath:instancePath+"/slicing/slices/" + i0,schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/items/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema37.properties.slices.anyOf[1].items.type,parentSchema:schema37.properties.slices.anyOf[1].items,data:data11};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if((typeof data11 == "number") && (isFinite(data11))){
if(data11 < 0 || isNaN(data11)){
const err17 = {instancePath:instancePath+"/slicing/slices/" + i0,schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/items/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema37.properties.slices.anyOf[1].items,data:data11};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
let i1 = data10.length;
let j0;
if(i1 > 1){
const indices0 = {};
for(;i1--;){
let item0 = data10[i1];
if(!(((typeof item0 == "number") && (!(item0 % 1) && !isNaN(item0))) && (isFinite(item0)))){
continue;
}
if(typeof indices0[item0] == "number"){
j0 = indices0[item0];
const err18 = {instancePath:instancePath+"/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema37.properties.slices.anyOf[1],data:data10};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
break;
}
indices0[item0] = i1;
}
}
}
else {
const err19 = {instancePath:instancePath+"/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema37.properties.slices.anyOf[1].type,parentSchema:schema37.properties.slices.anyOf[1],data:data10};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
var _valid0 = _errs25 === errors;
valid7 = valid7 || _valid0;
if(!valid7){
const err20 = {instancePath:instancePath+"/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema37.properties.slices.anyOf,parentSchema:schema37.properties.slices,data:data10};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
else {
errors = _errs23;
if(vErrors !== null){
if(_errs23){
vErrors.length = _errs23;
}
else {
vErrors = null;
}
}
}
}
if(data8.minPixels !== undefined){
let data12 = data8.minPixels;
if(!(((typeof data12 == "number") && (!(data12 % 1) && !isNaN(data12))) && (isFinite(data12)))){
const err21 = {instancePath:instancePath+"/slicing/minPixels",schemaPath:"#/$defs/slicing/properties/minPixels/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema37.properties.minPixels.type,parentSchema:schema37.properties.minPixels,data:data12};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if((typeof data12 == "number") && (isFinite(data12))){
if(data12 < 1 || isNaN(data12)){
const err22 = {instancePath:instancePath+"/slicing/minPixels",schemaPath:"#/$defs/slicing/properties/minPixels/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema37.properties.minPixels,data:data12};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
}
}
else {
const err23 = {instancePath:instancePath+"/slicing",schemaPath:"#/$defs/slicing/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema37.type,parentSchema:schema37,data:data8};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data.license !== undefined){
let data13 = data.license;
if(typeof data13 === "string"){
if(!pattern4.test(data13)){
const err24 = {instancePath:instancePath+"/license",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data13};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
else {
const err25 = {instancePath:instancePath+"/license",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data13};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data.source !== undefined){
let data14 = data.source;
if(typeof data14 === "string"){
if(!pattern4.test(data14)){
const err26 = {instancePath:instancePath+"/source",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data14};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
else {
const err27 = {instancePath:instancePath+"/source",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data14};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data.split !== undefined){
let data15 = data.split;
if(!(((data15 === "train") || (data15 === "validation")) || (data15 === "test"))){
const err28 = {instancePath:instancePath+"/split",schemaPath:"#/$defs/split/enum",keyword:"enum",params:{allowedValues: schema40.enum},message:"must be equal to one of the allowed values",schema:schema40.enum,parentSchema:schema40,data:data15};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
if(data.notes !== undefined){
let data16 = data.notes;
if(typeof data16 !== "string"){
const err29 = {instancePath:instancePath+"/notes",schemaPath:"#/properties/notes/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema41.properties.notes.type,parentSchema:schema41.properties.notes,data:data16};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
}
else {
const err30 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema41.type,parentSchema:schema41,data};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
validate23.errors = vErrors;
return errors === 0;
}
validate23.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate20(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="samlab-manifest-1" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate20.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.format === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "format"},message:"must have required property '"+"format"+"'",schema:schema31.required,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.name === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'",schema:schema31.required,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.cases === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "cases"},message:"must have required property '"+"cases"+"'",schema:schema31.required,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 in data){
if(!((((((key0 === "$schema") || (key0 === "format")) || (key0 === "name")) || (key0 === "description")) || (key0 === "defaults")) || (key0 === "cases"))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.$schema !== undefined){
let data0 = data.$schema;
if(typeof data0 !== "string"){
const err4 = {instancePath:instancePath+"/$schema",schemaPath:"#/properties/%24schema/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema31.properties.$schema.type,parentSchema:schema31.properties.$schema,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.format !== undefined){
let data1 = data.format;
if("samlab-manifest/1" !== data1){
const err5 = {instancePath:instancePath+"/format",schemaPath:"#/properties/format/const",keyword:"const",params:{allowedValue: "samlab-manifest/1"},message:"must be equal to constant",schema:"samlab-manifest/1",parentSchema:schema31.properties.format,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.name !== undefined){
let data2 = data.name;
if(typeof data2 === "string"){
if(!pattern4.test(data2)){
const err6 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.description !== undefined){
let data3 = data.description;
if(typeof data3 !== "string"){
const err8 = {instancePath:instancePath+"/description",schemaPath:"#/properties/description/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema31.properties.description.type,parentSchema:schema31.properties.description,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.defaults !== undefined){
let data4 = data.defaults;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
for(const key1 in data4){
if(!(((((((key1 === "modality") || (key1 === "labels")) || (key1 === "otherLabels")) || (key1 === "slicing")) || (key1 === "license")) || (key1 === "source")) || (key1 === "split"))){
const err9 = {instancePath:instancePath+"/defaults",schemaPath:"#/properties/defaults/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema31.properties.defaults,data:data4};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data4.modality !== undefined){
let data5 = data4.modality;
if(!((((((((((((((data5 === "CT") || (data5 === "MR")) || (data5 === "PET")) || (data5 === "Ultrasound")) || (data5 === "X-ray")) || (data5 === "Mammography")) || (data5 === "Dermoscopy")) || (data5 === "Endoscopy")) || (data5 === "Fundus")) || (data5 === "OCT")) || (data5 === "Pathology")) || (data5 === "Microscopy")) || (data5 === "Electron microscopy")) || (data5 === "Other"))){
const err10 = {instancePath:instancePath+"/defaults/modality",schemaPath:"#/$defs/modality/enum",keyword:"enum",params:{allowedValues: schema33.enum},message:"must be equal to one of the allowed values",schema:schema33.enum,parentSchema:schema33,data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data4.labels !== undefined){
if(!(validate21(data4.labels, {instancePath:instancePath+"/defaults/labels",parentData:data4,parentDataProperty:"labels",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate21.errors : vErrors.concat(validate21.errors);
errors = vErrors.length;
}
}
if(data4.otherLabels !== undefined){
let data7 = data4.otherLabels;
if(!((data7 === "fail") || (data7 === "background"))){
const err11 = {instancePath:instancePath+"/defaults/otherLabels",schemaPath:"#/$defs/otherLabels/enum",keyword:"enum",params:{allowedValues: schema36.enum},message:"must be equal to one of the allowed values",schema:schema36.enum,parentSchema:schema36,data:data7};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data4.slicing !== undefined){
let data8 = data4.slicing;
if(data8 && typeof data8 == "object" && !Array.isArray(data8)){
for(const key2 in data8){
if(!(((key2 === "plane") || (key2 === "slices")) || (key2 === "minPixels"))){
const err12 = {instancePath:instancePath+"/defaults/slicing",schemaPath:"#/$defs/slicing/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties",schema:false,parentSchema:schema37,data:data8};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data8.plane !== undefined){
let data9 = data8.plane;
if(!(((data9 === "axial") || (data9 === "coronal")) || (data9 === "sagittal"))){
const err13 = {instancePath:instancePath+"/defaults/slicing/plane",schemaPath:"#/$defs/slicing/properties/plane/enum",keyword:"enum",params:{allowedValues: schema37.properties.plane.enum},message:"must be equal to one of the allowed values",schema:schema37.properties.plane.enum,parentSchema:schema37.properties.plane,data:data9};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data8.slices !== undefined){
let data10 = data8.slices;
const _errs24 = errors;
let valid7 = false;
const _errs25 = errors;
if(!(((data10 === "truth") || (data10 === "largest")) || (data10 === "all"))){
const err14 = {instancePath:instancePath+"/defaults/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf/0/enum",keyword:"enum",params:{allowedValues: schema37.properties.slices.anyOf[0].enum},message:"must be equal to one of the allowed values",schema:schema37.properties.slices.anyOf[0].enum,parentSchema:schema37.properties.slices.anyOf[0],data:data10};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
var _valid0 = _errs25 === errors;
valid7 = valid7 || _valid0;
const _errs26 = errors;
if(Array.isArray(data10)){
if(data10.length < 1){
const err15 = {instancePath:instancePath+"/defaults/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema37.properties.slices.anyOf[1],data:data10};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
const len0 = data10.length;
for(let i0=0; i0<len0; i0++){
let data11 = data10[i0];
if(!(((typeof data11 == "number") && (!(data11 % 1) && !isNaN(data11))) && (isFinite(data11)))){
const err16 = {instancePath:instancePath+"/defaults/slicing/slices/" + i0,schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/items/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema37.properties.slices.anyOf[1].items.type,parentSchema:schema37.properties.slices.anyOf[1].items,data:data11};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if((typeof data11 == "number") && (isFinite(data11))){
if(data11 < 0 || isNaN(data11)){
const err17 = {instancePath:instancePath+"/defaults/slicing/slices/" + i0,schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/items/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema37.properties.slices.anyOf[1].items,data:data11};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
let i1 = data10.length;
let j0;
if(i1 > 1){
const indices0 = {};
for(;i1--;){
let item0 = data10[i1];
if(!(((typeof item0 == "number") && (!(item0 % 1) && !isNaN(item0))) && (isFinite(item0)))){
continue;
}
if(typeof indices0[item0] == "number"){
j0 = indices0[item0];
const err18 = {instancePath:instancePath+"/defaults/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema37.properties.slices.anyOf[1],data:data10};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
break;
}
indices0[item0] = i1;
}
}
}
else {
const err19 = {instancePath:instancePath+"/defaults/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf/1/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema37.properties.slices.anyOf[1].type,parentSchema:schema37.properties.slices.anyOf[1],data:data10};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
var _valid0 = _errs26 === errors;
valid7 = valid7 || _valid0;
if(!valid7){
const err20 = {instancePath:instancePath+"/defaults/slicing/slices",schemaPath:"#/$defs/slicing/properties/slices/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema37.properties.slices.anyOf,parentSchema:schema37.properties.slices,data:data10};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
else {
errors = _errs24;
if(vErrors !== null){
if(_errs24){
vErrors.length = _errs24;
}
else {
vErrors = null;
}
}
}
}
if(data8.minPixels !== undefined){
let data12 = data8.minPixels;
if(!(((typeof data12 == "number") && (!(data12 % 1) && !isNaN(data12))) && (isFinite(data12)))){
const err21 = {instancePath:instancePath+"/defaults/slicing/minPixels",schemaPath:"#/$defs/slicing/properties/minPixels/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema37.properties.minPixels.type,parentSchema:schema37.properties.minPixels,data:data12};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if((typeof data12 == "number") && (isFinite(data12))){
if(data12 < 1 || isNaN(data12)){
const err22 = {instancePath:instancePath+"/defaults/slicing/minPixels",schemaPath:"#/$defs/slicing/properties/minPixels/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema37.properties.minPixels,data:data12};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
}
}
else {
const err23 = {instancePath:instancePath+"/defaults/slicing",schemaPath:"#/$defs/slicing/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema37.type,parentSchema:schema37,data:data8};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data4.license !== undefined){
let data13 = data4.license;
if(typeof data13 === "string"){
if(!pattern4.test(data13)){
const err24 = {instancePath:instancePath+"/defaults/license",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data13};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
else {
const err25 = {instancePath:instancePath+"/defaults/license",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data13};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data4.source !== undefined){
let data14 = data4.source;
if(typeof data14 === "string"){
if(!pattern4.test(data14)){
const err26 = {instancePath:instancePath+"/defaults/source",schemaPath:"#/$defs/text/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema32,data:data14};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
else {
const err27 = {instancePath:instancePath+"/defaults/source",schemaPath:"#/$defs/text/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.type,parentSchema:schema32,data:data14};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data4.split !== undefined){
let data15 = data4.split;
if(!(((data15 === "train") || (data15 === "validation")) || (data15 === "test"))){
const err28 = {instancePath:instancePath+"/defaults/split",schemaPath:"#/$defs/split/enum",keyword:"enum",params:{allowedValues: schema40.enum},message:"must be equal to one of the allowed values",schema:schema40.enum,parentSchema:schema40,data:data15};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
}
else {
const err29 = {instancePath:instancePath+"/defaults",schemaPath:"#/properties/defaults/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.properties.defaults.type,parentSchema:schema31.properties.defaults,data:data4};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data.cases !== undefined){
let data16 = data.cases;
if(Array.isArray(data16)){
if(data16.length < 1){
const err30 = {instancePath:instancePath+"/cases",schemaPath:"#/properties/cases/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema31.properties.cases,data:data16};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
const len1 = data16.length;
for(let i2=0; i2<len1; i2++){
if(!(validate23(data16[i2], {instancePath:instancePath+"/cases/" + i2,parentData:data16,parentDataProperty:i2,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors);
errors = vErrors.length;
}
}
}
else {
const err31 = {instancePath:instancePath+"/cases",schemaPath:"#/properties/cases/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema31.properties.cases.type,parentSchema:schema31.properties.cases,data:data16};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
}
else {
const err32 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.type,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
validate20.errors = vErrors;
return errors === 0;
}
validate20.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};
/** What the schema finds wrong with a value; empty when nothing is. */
export function shapeErrors(value: unknown): unknown[] {
  return validate20(value) ? [] : validate20.errors;
}
