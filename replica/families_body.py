"""Families of conditions: immunity, skin, kidney, gut, urogenital, eye, joints. The notation is in `families.py`."""

TEXT = """
## Immunology and skin | Immune System Diseases | BC20 | 7154 Immune System Diseases; \
17437 Skin and Connective Tissue Diseases
+ Candidate for systemic therapy
+ Negative interferon-gamma release assay for tuberculosis at screening
- Biological treatment within {4|8|12} weeks or 5 half-lives
- Herpes zoster within {2|3} months
- Live vaccine within {4|6} weeks before the first dose
? Change in Dermatology Life Quality Index | score on a scale
? Patient global assessment of disease activity | score on a scale

= Rheumatoid Arthritis | 1172 Arthritis, Rheumatoid; 12216 Rheumatic Diseases | RA; Inflammatory Arthritis
* adalimumab (Humira) 68879; tofacitinib (Xeljanz) 479163; methotrexate 8727; abatacept (Orencia) 69594; \
tocilizumab (Actemra) 502936
+ At least {4|6} swollen and {4|6} tender joints
+ CRP >= {3|5|8|10} mg/L
+ Methotrexate 7.5 to 25 mg/week for at least {8|12} weeks
- ACR functional class IV
- Hemoglobin < {8|9} g/dL
? ACR20 response at week {12|24} | participants
? Change in DAS28-CRP | score on a scale

= Systemic Lupus Erythematosus | 8180 Lupus Erythematosus, Systemic; 3240 Connective Tissue Diseases | Lupus; \
Lupus Nephritis
* belimumab (Benlysta) 511911; anifrolumab (Saphnelo); voclosporin (Lupkynis); hydroxychloroquine 6886; \
mycophenolate mofetil (CellCept) 9173
+ SLEDAI-2K score >= {4|6|8}
+ Antinuclear antibodies >= 1:80
- Active neuropsychiatric lupus
- eGFR < {30|45} mL/min/1.73 m2
? SRI-4 response at week 52 | participants
? Complete renal response | participants

= Psoriasis | 11565 Psoriasis; 12871 Skin Diseases | Plaque Psoriasis; Psoriatic Arthritis
* risankizumab (Skyrizi) 601773; secukinumab (Cosentyx) 555450; deucravacitinib (Sotyktu); apremilast (Otezla) 505730; \
narrowband UVB phototherapy
+ PASI score >= {10|12} and body surface area >= {5|10}%
+ Plaque psoriasis for at least 6 months
- Guttate, erythrodermic or pustular psoriasis
- Phototherapy within {2|4} weeks
? PASI 90 response at week 16 | participants

= Atopic Dermatitis | 3876 Dermatitis, Atopic; 3872 Dermatitis | Eczema; Pruritus
* dupilumab (Dupixent) 582203; upadacitinib (Rinvoq) 613732; crisaborole (Eucrisa) 543085; tacrolimus ointment 16559; \
wet wrap therapy
+ EASI score >= {12|16}
+ Peak pruritus numeric rating scale >= {3|4}
- Topical corticosteroids within {7|14} days of baseline
- Skin infection needing antibiotics within {2|4} weeks
? EASI 75 response | participants

= Chronic Spontaneous Urticaria | 80223 Chronic Urticaria; 14581 Urticaria | Urticaria; Hives; CSU
* omalizumab (Xolair) 69444; remibrutinib (Rhapsido); bilastine 511543; ligelizumab
+ Weekly urticaria activity score (UAS7) >= {16|28}
+ Itch and hives for at least 6 consecutive weeks despite H1 antihistamines
- Predominantly inducible urticaria
- Total IgE < {30|40} IU/mL in cohort 2
? Change in UAS7 | score on a scale

## Kidney and gut | Digestive System Diseases | BC06 | 4066 Digestive System Diseases; 5767 Gastrointestinal Diseases
+ Able to undergo endoscopy or biopsy as scheduled
+ Stable dose of background medication for {4|8|12} weeks
- Stool positive for Clostridioides difficile toxin
- Kidney transplantation or dialysis within {6|12} months
- Hepatic impairment, Child-Pugh class {B or C|C}
? Change in eGFR | mL/min/1.73 m2
? Change in fecal calprotectin | micrograms/g

= Crohn Disease | 3424 Crohn Disease; 15212 Inflammatory Bowel Diseases | Crohn's Disease; IBD
* ustekinumab (Stelara) 69549; vedolizumab (Entyvio) 543529; infliximab (Remicade) 69285; exclusive enteral nutrition
+ CDAI score of {220|225} to 450
+ SES-CD >= 6 (or >= 4 for isolated ileal disease)
- Symptomatic stricture or abscess
- Short bowel syndrome
? Clinical remission (CDAI < 150) | participants
? Endoscopic response at week 12 | participants

= Ulcerative Colitis | 3093 Colitis, Ulcerative; 15212 Inflammatory Bowel Diseases | UC; Pancolitis; IBD
* mirikizumab (Omvoh); etrasimod (Velsipity); mesalazine (Asacol) 19804; fecal microbiota transplantation; \
infliximab 69285
+ Modified Mayo score of {4|5} to 9 with an endoscopic subscore >= 2
+ Disease extending >= 15 cm from the anal verge
- Toxic megacolon
- Adenomatous polyps not removed
? Clinical remission by modified Mayo score | participants

= Irritable Bowel Syndrome | 43183 Irritable Bowel Syndrome; 3109 Colonic Diseases, Functional | IBS; Abdominal Pain
* linaclotide (Linzess) 523483; low FODMAP diet; gut-directed hypnotherapy; peppermint oil 36861; \
Bifidobacterium infantis
+ Rome IV criteria for irritable bowel syndrome
+ IBS Symptom Severity Score >= {150|175}
- Unexplained weight loss or blood in the stool
- Celiac disease
? Abdominal pain responder for at least 6 of 12 weeks | participants

= Chronic Kidney Disease | 51436 Renal Insufficiency, Chronic; 7674 Kidney Diseases | CKD; Diabetic Nephropathy; \
Albuminuria
* finerenone (Kerendia) 565501; canagliflozin (Invokana) 68896; patiromer (Veltassa); daprodustat 599718; \
low-protein diet
+ eGFR >= {20|25} and < {60|75} mL/min/1.73 m2
+ Urinary albumin-to-creatinine ratio >= {30|200|300} mg/g
- Polycystic kidney disease
- Serum potassium > {4.8|5.0|5.5} mmol/L
? Sustained eGFR decline of at least 40%, kidney failure or renal death | participants with an event

= IgA Nephropathy | 5922 Glomerulonephritis, IGA; 5921 Glomerulonephritis | Berger Disease; Glomerular Disease
* sparsentan (Filspari); targeted-release budesonide (Tarpeyo) 19819; iptacopan (Fabhalta); sibeprenlimab
+ Urine protein >= {0.5|0.75|1.0} g/day under maximal RAS blockade
+ Biopsy-proven disease within {3|10} years
- Rapidly progressive glomerulonephritis
- Crescents in > {25|50}% of glomeruli
? Ratio of urine protein-to-creatinine to baseline | ratio

## Urogenital | Urinary Tract, Sexual Organs, and Pregnancy Conditions | BXS | 91642 Urogenital Diseases; \
52776 Female Urogenital Diseases
+ Willing to keep a diary for {3|7} days before each visit
- Active urinary tract infection at screening
- Previous pelvic radiotherapy
- Genital bleeding of unknown cause
? Change in health-related quality of life | score on a scale

= Erectile Dysfunction | 7172 Erectile Dysfunction; 12735 Sexual Dysfunction, Physiological | Impotence; \
Male Sexual Dysfunction
* tadalafil (Cialis) 68581; sildenafil (Viagra) 68677; low-intensity shock wave therapy; udenafil 419664; \
avanafil (Stendra) 543189
+ IIEF-5 score between {5|8|11} and {16|21}
+ Heterosexual or same-sex relationship for at least {3|6} months
- Treatment with nitrates or nitric oxide donors
- Penile deformity that impairs intercourse
? Change in IIEF erectile function domain score | score on a scale
? Sexual Encounter Profile question 3 | percent of attempts

= Overactive Bladder | 53201 Urinary Bladder, Overactive; 1745 Urinary Bladder Diseases | Urinary Incontinence; \
Urgency
* mirabegron (Betmiga) 520025; vibegron (Gemtesa); solifenacin (Vesicare) 69464; tibial nerve stimulation; \
onabotulinumtoxinA (Botox) 19274
+ At least {8|10} micturitions and {1|3} urgency episodes a day
+ Symptoms of overactive bladder for at least {3|6} months
- Post-void residual volume > {100|150|200} mL
- Stress incontinence as the predominant symptom
? Change in micturitions per 24 hours | episodes

= Endometriosis | 4715 Endometriosis; 5831 Genital Diseases, Female | Pelvic Pain; Dysmenorrhea
* elagolix (Orilissa) 533650; relugolix combination (Myfembree); dienogest 42; laparoscopic excision
+ Surgical diagnosis within the past {5|10} years
+ Dysmenorrhea score >= {2|4} on a 0-10 scale
- Z-score <= {-1.5|-2.0} at the lumbar spine
- Hysterectomy
? Responder for dysmenorrhea at month 6 | participants

= Polycystic Ovary Syndrome | 11085 Polycystic Ovary Syndrome; 10048 Ovarian Cysts | PCOS; Infertility, Female
* letrozole (Femara) 77289; inositol 7294; metformin (Glucophage) 8687; clomiphene citrate 2996
+ Two of the three Rotterdam criteria
+ Fewer than {8|9} menstrual cycles a year
- Congenital adrenal hyperplasia
- Prolactin > {25|30|50} ng/mL
? Live birth | participants
? Ovulation rate | percent of cycles

= Postpartum Hemorrhage | 6473 Postpartum Hemorrhage; 11248 Pregnancy Complications | Obstetric Hemorrhage; \
Cesarean Section
* tranexamic acid 14148; carbetocin 7; oxytocin 10121; misoprostol (Cytotec) 16595; uterine balloon tamponade
+ Gestational age >= {34|36|37} weeks with a singleton pregnancy
+ Planned {vaginal birth|cesarean section}
- Placenta accreta spectrum
- Hemoglobin < {7|8|9} g/dL before birth
? Blood loss of at least {500|1000} mL | participants
? Calculated blood loss | mL

## Eye, joints and surgery | Symptoms and General Pathology | BC23 | 13568 Pathological Conditions, Signs and Symptoms
+ American Society of Anesthesiologists physical status of I to {II|III}
- Allergy to local anesthetics, iodine or fluorescein
- Chronic opioid use of > {30|60|90} morphine milligram equivalents/day
? Patient satisfaction on a five-point scale | score on a scale
? Length of hospital stay | days

= Macular Degeneration | 8268 Macular Degeneration; 12164 Retinal Diseases | Wet AMD; Neovascular AMD; Macular Edema
* aflibercept (Eylea) 533880; faricimab (Vabysmo); ranibizumab (Lucentis) 69579; photobiomodulation
+ Best corrected visual acuity of {24|34} to {73|78} ETDRS letters in the study eye
+ Central subfield thickness >= {300|325} micrometers on OCT
- Subretinal fibrosis in > {25|50}% of the lesion
- Intraocular pressure > 25 mmHg
? Change in best corrected visual acuity | ETDRS letters

= Glaucoma | 5901 Glaucoma; 5128 Eye Diseases | Open Angle Glaucoma; Ocular Hypertension
* latanoprost (Xalatan) 77338; netarsudil (Rhopressa) 606060; selective laser trabeculoplasty; timolol 13999
+ Unmedicated intraocular pressure of {20|22|24} to {32|34|36} mmHg at 8 a.m.
+ Central corneal thickness of {480|500} to {600|620} micrometers
- Angle grade < {2|3} on gonioscopy
- Cup-to-disc ratio > 0.8
? Mean diurnal intraocular pressure | mmHg

= Postoperative Pain | 10149 Pain, Postoperative; 10146 Pain | Pain, Acute; Analgesia; Anesthesia
* liposomal bupivacaine (Exparel) 2045; suzetrigine (Journavx); ketorolac 20910; erector spinae plane block; \
dexmedetomidine (Precedex) 20927
+ Scheduled for elective {bunionectomy|abdominoplasty|total knee arthroplasty|thoracoscopic surgery|cesarean section}
+ Pain >= {4|5} on a 0-10 numeric rating scale within {6|9} hours after surgery
- Coagulopathy (INR > 1.5 or platelets < 100 x 10^9/L)
- Weight < {45|50} kg
? Time-weighted sum of the pain intensity difference over 48 hours | score on a scale
? Morphine consumption in the first 24 hours | mg

= Knee Osteoarthritis | 20370 Osteoarthritis, Knee; 7592 Joint Diseases | Osteoarthritis; Joint Pain
* platelet-rich plasma; hyaluronic acid 6820; total knee arthroplasty; celecoxib (Celebrex) 68579; exercise therapy
+ Kellgren-Lawrence grade {2 or 3|2 to 4|3 or 4}
+ WOMAC pain subscale >= {4|5} on a 0-10 scale
- Intra-articular injection within {3|6} months
- Varus or valgus deformity > {5|10} degrees
? Change in WOMAC pain subscale | score on a scale
? Cartilage thickness on MRI | micrometers

= Sepsis | 18805 Sepsis; 12769 Shock | Septic Shock; Critical Illness; ARDS
* norepinephrine 9638; vasopressin 14667; hydrocortisone 6854; balanced crystalloids 77324; thymosin alpha 1
+ Lactate >= {2|4} mmol/L after {20|30} mL/kg of fluid
+ SOFA score >= {2|6}
+ Vasopressor need for >= {1|6} hours to keep a mean arterial pressure of 65 mmHg
- Limitation of treatment decided before inclusion
- Expected death within {24|48} hours
? All-cause mortality at day 28 | participants
? Organ support-free days | days
"""
