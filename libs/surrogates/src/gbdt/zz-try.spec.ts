import {test} from 'vitest';
import {readFileSync} from 'node:fs';
import {createRandom, sampleDirichlet, regmixDesign} from '#libs/simplex';
import {gbdt} from './gbdt.js';
import {TreeEnsemble as A} from './predict-trees.js';
import {TreeEnsemble as B} from './predict-before.js';
import {binFeatures} from './bin-features.js';
import {TreeGrower} from './grow-tree.js';
function trees(X:number[][],y:number[],minRows:number){const n=X.length;const g=new TreeGrower(binFeatures(X,X[0]!.length,255),n,{leaves:31,minRows,lambda:0});const mean=y.reduce((a,b)=>a+b,0)/n;const gr=Float64Array.from(y,v=>mean-v);const T=[];for(let k=0;k<1000;k++){const t=g.grow(gr);T.push(t);t.output.forEach((o,l)=>{for(const r of g.rowsOfLeaf(l))gr[r]=gr[r]!+.01*o;});}return T;}
const D='/work/shared/data/regmix/';
const read=(f:string)=>{const [h,...l]=readFileSync(D+f,'utf8').trim().split('\n');return {h:h!.split(',').slice(1),x:l.map(r=>r.split(',').slice(1).map(Number))}};
test('x',()=>{
 const r=createRandom(3); const q=[.3,.25,.2,.1,.1,.05]; const X6=regmixDesign({prior:q,runs:32,seed:1});
 const y6=X6.map(p=>2+Math.exp(-3*p[0]!)+.01*r.normal());
 const X=read('train_mixture_1m.csv').x, y=read('train_pile_loss_1m.csv').x.map(v=>v[8]!);
 const pq=Object.values(JSON.parse(readFileSync(D+'pile_token_prior.json','utf8'))) as number[];
 for (const [name,XX,yy,ml,qq] of [['demo',X6,y6,3,q],['pile',X,y,20,pq]] as const) for (const s of [1,4,16]) { const T=trees(XX as number[][],yy as number[],ml); const m=XX[0]!.length;
  const S=Array.from({length:30000},()=>Float64Array.from(sampleDirichlet(r,qq.map(v=>v*s))));
  const a=new A(T,0,.01,m), b=new B(T,0,.01,m); a.predict(S);b.predict(S);
  let t=performance.now(); const pa=a.predict(S); const ta=performance.now()-t; t=performance.now(); const pb=b.predict(S); const tb=performance.now()-t;
  console.log('CMP',name,s,'new us/row',(ta/30).toFixed(2),'old',(tb/30).toFixed(2),'nodes',T.reduce((c,t)=>c+t.feature.length,0),'equal',pa.every((v,i)=>v===pb[i]));
 }
 void gbdt;
},120000);
