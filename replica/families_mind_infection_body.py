"""Families of conditions: brain and mind, infection, immunity, kidney and gut, urogenital, eye, joints and surgery.

The notation is told in `families.py`.
"""

TEXT = """
## Neurology | Nervous System Diseases | BC10 | 9422 Nervous System Diseases; 2493 Central Nervous System Diseases
+ A study partner who spends at least {8|10} hours a week with the participant, where applicable
+ Stable doses of medication for the nervous system for {4|6|8} weeks
- Structural brain lesion on MRI that could explain the symptoms
- Columbia Suicide Severity Rating Scale with ideation of type 4 or 5 within {6|12} months
- Contraindication to lumbar puncture or magnetic resonance imaging
? Clinician global impression of change | score on a scale
? Change in serum neurofilament light chain | pg/mL

= Alzheimer Disease | 544 Alzheimer Disease; 3704 Dementia | Mild Cognitive Impairment; Dementia
* lecanemab (Leqembi); donanemab (Kisunla); donepezil (Aricept) 77265; memantine (Namenda) 8559; cognitive training
+ Mini-Mental State Examination score between {18|20|22} and {26|28|30}
+ Clinical Dementia Rating global score of 0.5 {or 1.0|only}
+ Amyloid positive by PET or cerebrospinal fluid
- More than {4|10} microhemorrhages on MRI
- Geriatric Depression Scale score >= {8|10}
? Change in Clinical Dementia Rating Sum of Boxes | score on a scale
? Change in amyloid PET | centiloids

= Parkinson Disease | 10300 Parkinson Disease; 20734 Parkinsonian Disorders | Parkinson's Disease; Dyskinesia
* levodopa/carbidopa 7980; opicapone (Ongentys) 552089; deep brain stimulation; rasagiline (Azilect) 31967; \
boxing training
+ Hoehn and Yahr stage {1 to 2|1 to 3|2 to 4} in the ON state
+ At least {1.5|2.5} hours of OFF time a day
- Atypical or drug-induced parkinsonism
- Montreal Cognitive Assessment score < {22|24|26}
? Change in MDS-UPDRS part III score | score on a scale
? Daily OFF time in patient diaries | hours

= Multiple Sclerosis | 9103 Multiple Sclerosis; 20278 Demyelinating Autoimmune Diseases, CNS | \
Relapsing Multiple Sclerosis
* ocrelizumab (Ocrevus) 533411; fingolimod (Gilenya) 68876; tolebrutinib; natalizumab (Tysabri) 69442; vitamin D 14807
+ Expanded Disability Status Scale score of 0 to {5.0|5.5|6.5}
+ At least {1|2} relapses in the past {12|24} months
- Primary progressive course with disease duration > 10 years
- Lymphocytes < {0.8|1.0} x 10^9/L
? Annualized relapse rate | relapses per year
? New or enlarging T2 lesions | lesions

= Migraine | 8881 Migraine Disorders; 51270 Headache Disorders, Primary | Chronic Migraine; Episodic Migraine; \
Headache
* erenumab (Aimovig) 617393; rimegepant (Nurtec); topiramate (Topamax) 77236; onabotulinumtoxinA (Botox) 19274
+ Migraine with or without aura for at least 12 months
+ {4 to 14|8 to 14|15 or more} headache days a month during the baseline period
- Onset of migraine after the age of 50 years
- Opioids or barbiturates on more than 4 days a month
? Change in monthly migraine days | days
? Headache freedom two hours after the dose | participants

= Epilepsy | 4827 Epilepsy; 1927 Brain Diseases | Focal Epilepsy; Lennox-Gastaut Syndrome; Seizures
* cenobamate (Xcopri) 634163; lacosamide (Vimpat) 78334; cannabidiol (Epidiolex) 2185; ketogenic diet; \
levetiracetam 77287
+ At least {3|4|8} focal seizures during the {4|8} week baseline
+ One to {3|4} concomitant anti-seizure medications
- Status epilepticus within the past {3|6|12} months
- Psychogenic nonepileptic seizures within 2 years
? Percent change in seizure frequency per 28 days | percent change
? Responder rate of at least 50% | participants

= Ischemic Stroke | 83242 Ischemic Stroke; 20521 Stroke | Acute Stroke; Cerebral Infarction; Hemiparesis
* tenecteplase (TNKase) 77785; mechanical thrombectomy; clopidogrel (Plavix) 77144; constraint-induced movement therapy; \
cerebrolysin 38021
+ NIH Stroke Scale score of {4|6|8} to {18|22|25}
+ Onset to treatment within {4.5|9|24} hours
+ Modified Rankin Scale score of 0 or 1 before the stroke
- Intracranial hemorrhage on CT
- ASPECTS < {3|5|6}
- Blood glucose < 50 or > {400|500} mg/dL
? Modified Rankin Scale score at 90 days | score on a scale
? Symptomatic intracranial hemorrhage within 36 hours | participants

## Psychiatry | Mental Disorders | BXM | 1523 Mental Disorders
+ Diagnosis confirmed by the MINI International Neuropsychiatric Interview
+ Able to read and complete questionnaires in the local language
- Moderate or severe substance use disorder within the past {3|6|12} months
- Imminent risk of suicide in the judgement of the investigator
- Electroconvulsive therapy within {3|6} months
? Change in Clinical Global Impression severity | score on a scale
? Change in Sheehan Disability Scale | score on a scale

= Major Depressive Disorder | 3865 Depressive Disorder, Major; 3866 Depressive Disorder | Depression; \
Treatment Resistant Depression
* esketamine (Spravato) 629670; escitalopram (Lexapro) 89983; transcranial magnetic stimulation; psilocybin 11562; \
mindfulness-based cognitive therapy
+ MADRS total score >= {20|22|28}
+ Inadequate response to {one|two or more} antidepressants in the current episode
- Bipolar or psychotic disorder, lifetime
? Change in MADRS total score | score on a scale
? Remission (HAM-D17 total score <= 7) | participants

= Schizophrenia | 12559 Schizophrenia; 19967 Schizophrenia Spectrum and Other Psychotic Disorders | Psychosis; \
Negative Symptoms
* xanomeline/trospium (Cobenfy); paliperidone palmitate (Invega Sustenna) 68882; clozapine 3024; cognitive remediation
+ PANSS total score between {60|70|80} and 120
+ Duration of illness of at least {1|2} years
- Clozapine within {3|6} months
- Prolactin > {100|200} ng/mL
? Change in PANSS total score | score on a scale
? Time to relapse | days

= Bipolar Disorder | 1714 Bipolar Disorder; 19964 Mood Disorders | Bipolar Depression; Mania
* lurasidone (Latuda) 69056; lithium carbonate 16651; lamotrigine (Lamictal) 77213; cariprazine (Vraylar) 516744
+ Young Mania Rating Scale score <= {8|12}
+ MADRS score >= {20|24}
- Rapid cycling with more than {4|8} episodes a year
- Lithium level > 1.2 mEq/L
? Change in Young Mania Rating Scale | score on a scale

= Post-traumatic Stress Disorder | 13313 Stress Disorders, Post-Traumatic; 40921 Stress Disorders, Traumatic | \
PTSD; Trauma
* prolonged exposure therapy; MDMA-assisted therapy 18817; sertraline (Zoloft) 20280; stellate ganglion block; \
written exposure therapy
+ CAPS-5 total score >= {23|25|28|35}
+ At least {3|6} months since the index trauma
- Ongoing legal action about the trauma
- Traumatic brain injury, moderate or severe
? Change in CAPS-5 total severity score | score on a scale

= Alcohol Use Disorder | 437 Alcoholism; 19973 Alcohol-Related Disorders | Alcohol Dependence; Heavy Drinking
* naltrexone (Vivitrol) 9271; acamprosate 77443; gabapentin (Neurontin) 77206; contingency management; \
varenicline 68580
+ At least {4|5|8} heavy drinking days in the past 30 days
+ AUDIT score >= {8|16}
- CIWA-Ar score >= {8|10} at screening
- Treatment with disulfiram within {14|30} days
? Percent heavy drinking days | percent of days
? Phosphatidylethanol in whole blood | ng/mL

## Infectious disease | Infections | BC01 | 7239 Infections; 3141 Communicable Diseases
+ Hemoglobin >= {8|9|10|11} g/dL
+ ALT and AST <= {3|5} x ULN
- Receipt of immunoglobulins or blood products within {90|120} days
- Known immunodeficiency other than the condition under study
- Fever >= {37.8|38.0|38.5} degrees C within {24|72} hours before the first dose
? Geometric mean titer of neutralizing antibodies | titer
? Treatment-emergent adverse events | participants with an event

= HIV Infections | 15658 HIV Infections; 12749 Sexually Transmitted Diseases | HIV; HIV-1; AIDS
* cabotegravir (Apretude) 584914; dolutegravir (Tivicay) 562325; lenacapavir (Sunlenca); \
emtricitabine/tenofovir (Truvada; Descovy) 68698; peer navigation
+ HIV-1 RNA < {50|200} copies/mL on stable treatment for {6|12} months
+ CD4 count >= {100|200|350} cells/mm3
- Chronic hepatitis B (HBsAg positive)
- Opportunistic infection within {30|90} days
? HIV-1 RNA >= 50 copies/mL at week 48 | participants
? Incident HIV infection | infections per 100 person-years

= Hepatitis B | 6509 Hepatitis B; 6505 Hepatitis | Chronic Hepatitis B; HBV
* bepirovirsen; tenofovir alafenamide (Vemlidy) 442756; entecavir (Baraclude) 413685; \
peginterferon alfa-2a (Pegasys) 100416
+ HBsAg positive for at least 6 months and HBsAg >= {100|1000} IU/mL
+ HBV DNA < {20|90} IU/mL under treatment, or > {2000|20000} IU/mL without
- Co-infection with hepatitis C, hepatitis D or HIV
- Liver stiffness > {8.5|9|12} kPa
? Functional cure 24 weeks after treatment | participants

= COVID-19 | 86382 COVID-19; 18352 Coronavirus Infections | SARS-CoV-2 Infection; Long COVID; Coronavirus
* nirmatrelvir/ritonavir (Paxlovid) 722133; remdesivir (Veklury) 606551; BNT162b2 (Comirnaty) 90982; baricitinib 596027; \
prone positioning
+ Positive SARS-CoV-2 test within {3|5|7} days
+ Oxygen saturation {>= 94%|<= 93%} on room air
- Invasive mechanical ventilation at enrolment
- SARS-CoV-2 vaccination within {3|4|6} months
? Hospitalization or death through day 28 | participants
? Time to sustained symptom resolution | days

= Tuberculosis | 14376 Tuberculosis; 9164 Mycobacterium Infections | Pulmonary Tuberculosis; Latent Tuberculosis; \
MDR-TB
* bedaquiline (Sirturo) 493870; pretomanid 410763; rifapentine (Priftin) 18834; isoniazid 7538; M72/AS01E vaccine
+ Xpert MTB/RIF Ultra positive sputum
+ Body weight >= {35|40} kg
- QTcF > {450|500} msec
- More than {3|5|7} days of treatment for the present episode
? Unfavorable outcome at week 73 | participants
? Time to stable culture conversion | days

= Malaria | 8288 Malaria; 11528 Protozoan Infections | Plasmodium Falciparum Malaria; Malaria in Pregnancy
* artemether-lumefantrine (Coartem) 77611; ganaplacide; R21/Matrix-M vaccine; tafenoquine 5; \
dihydroartemisinin-piperaquine 39060
+ Parasitemia of {1000|2000} to {100000|200000} per microliter
+ Axillary temperature >= 37.5 degrees C or a history of fever in the past 24 hours
- Signs of severe malaria by the WHO definition
- G6PD activity < {30|70}% of normal
? PCR-corrected adequate clinical and parasitological response at day 28 | participants

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
